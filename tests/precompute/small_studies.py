"""Studies that run in seconds, and their images."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.precompute.conftest import CLASSES, make_split

SMALL = """\
id = "small"
title = "Small"
reference = "none"

[data]
name = "mine"
source = "class-folders"

[network]
factory = "descent_atlas.training.networks:mlp"
options = { sizes = [48, 8, 3] }

[training]
epochs = 2

[planes]
surfaces = ["train"]
grid = 5

[[runs]]
id = "sgd"
label = "SGD"
optimizer = "SGD"
hyperparameters = { lr = 0.1 }
batch_size = 4
planes = ["random"]

[[runs]]
id = "gd"
label = "GD"
optimizer = "SGD"
hyperparameters = { lr = 0.1 }
batch_size = "all"
seeds = [3, 4]

[[tables]]
id = "table"
title = "Table"
shows = "Accuracies."
cells = [
  { run = "sgd", row = "a", column = "b", paper = 1.5 },
  { run = "gd", row = "a", column = "c" },
]
"""

STUDY = (
    SMALL
    + """
[[landscapes]]
id = "both"
title = "Both"
shows = "Two runs."
figures = ["7"]
plane = "shared"
origin = "sgd"
runs = ["sgd", "gd"]
surfaces = ["batch-4", "test"]
grid = 7
arrows = true

[[tables]]
id = "paths"
title = "Paths"
shows = "The path of one seed."
seeds = [4]
paths = true
cells = [{ run = "gd", row = "a", column = "b" }]
"""
)

CURVED = (
    SMALL
    + """
[curvature]
images = 20
snapshots = 2
subsets = 2
spread = 1
"""
)


def write_images(folder: Path) -> None:
    """Write the noisy colours as class folders."""
    for split, count, seed in (("train", 60, 0), ("test", 30, 1)):
        colours = make_split(count, seed)
        for index, (image, label) in enumerate(zip(colours.images, colours.labels, strict=True)):
            path = folder / split / CLASSES[int(label)] / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.ascontiguousarray(image.permute(1, 2, 0).numpy())).save(path)
