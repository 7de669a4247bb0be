"""The README's pictures: each has a view that takes it anew, and none is large."""

import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from tests.pictures import FOLDER, MOST_BYTES, PICTURES, compress

README = Path(__file__).parents[1] / "README.md"


def test_every_picture_of_the_readme_is_taken_by_the_command_and_is_small() -> None:
    shown = set(re.findall(r"docs/([\w-]+)\.png", README.read_text()))
    assert shown == {picture.name for picture in PICTURES}
    assert shown == {path.stem for path in FOLDER.glob("*.png")}
    for picture in PICTURES:
        path = FOLDER / f"{picture.name}.png"
        assert path.stat().st_size <= MOST_BYTES
        with Image.open(path) as image:
            assert image.size == picture.size


def test_a_rare_colour_survives_beside_smooth_ones() -> None:
    ramp = np.linspace(0, 255, 640).astype(np.uint8)
    pixels = np.stack(np.broadcast_arrays(ramp // 2, ramp[:400, None], ramp), axis=2).copy()
    pixels[200:202, 100:110] = (0, 128, 80)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    with Image.open(io.BytesIO(compress(file.getvalue()))) as image:
        found = np.asarray(image.convert("RGB"))[200:202, 100:110].astype(int)
    assert np.abs(found - (0, 128, 80)).max() < 40
