"""Any optimizer of PyTorch on functions of two variables: `descend`.

docs/own-optimizer.md shows how to develop an optimizer with it.
"""

from descent_atlas.torch2d.descents import Descents, TorchDescent
from descent_atlas.torch2d.descents_file import DescentsFileError
from descent_atlas.torch2d.plane_functions import DescendError
from descent_atlas.torch2d.torch_descent import descend

__all__ = ["DescendError", "Descents", "DescentsFileError", "TorchDescent", "descend"]
