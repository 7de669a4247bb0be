"""Training: data, networks, the loop, and what a run records.

The names in `__all__` are what a program of one's own needs: `Recorder` around its loop, or `train`
with a `Training` and an `ImageDataset`, and `TrainingRun` to read what they recorded.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from descent_atlas.training.images.dataset_loading import load_dataset
    from descent_atlas.training.images.datasets import ImageDataset
    from descent_atlas.training.loop import train
    from descent_atlas.training.loops.training_plan import Training
    from descent_atlas.training.recorder import Recorder
    from descent_atlas.training.run_manifest import RunError
    from descent_atlas.training.runs import TrainingRun

__all__ = [
    "ImageDataset",
    "Recorder",
    "RunError",
    "Training",
    "TrainingRun",
    "load_dataset",
    "train",
]

_MODULES = {
    "ImageDataset": "images.datasets",
    "Recorder": "recorder",
    "RunError": "run_manifest",
    "Training": "loops.training_plan",
    "TrainingRun": "runs",
    "load_dataset": "images.dataset_loading",
    "train": "loop",
}
"""Where each name is defined. It is imported on first use, as importing one module of this package
must not import them all."""

if not TYPE_CHECKING:  # mypy would accept any name from a module that has this function

    def __getattr__(name: str) -> object:
        """Import a name of `__all__` from its module."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
