"""HDF5 files of strangers: numbers and texts that are read within limits."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.format import LANDSCAPE_NUMBERS
from descent_atlas.storage.array_folder import bound_size
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT

FILE_LIMIT = 2 * bound_size(LANDSCAPE_NUMBERS)
"""Bytes of a file: those of the largest landscape, once in the tool's layout and once in ours."""


class Hdf5Reader:
    """Datasets of one file.

    Nothing outside the file is followed: neither links to other files nor external or virtual data.
    Every method raises DamagedError, which names the dataset.
    """

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._file, self._path = file, path

    def list_names(self, group: str = "/") -> list[str]:
        """Return the names in a group, sorted."""
        found = self._open(group)
        if not isinstance(found, h5py.Group):
            raise self.fault(group, "is no group")
        return sorted(found)

    def has(self, name: str) -> bool:
        """Tell whether the file names such a dataset or group."""
        return name in self.list_names()

    def read_numbers(self, name: str) -> NDArray[Any]:
        """Return a dataset of numbers or booleans, in its own type."""
        dataset = self._open_dataset(name)
        if dataset.dtype.kind not in "biuf" or dataset.dtype.itemsize > 8:
            raise self.fault(name, f"holds {dataset.dtype}, not numbers of up to 8 bytes")
        if dataset.size is None or dataset.size > LANDSCAPE_NUMBERS:
            raise self.fault(
                name, f"has the shape {dataset.shape}: more than {LANDSCAPE_NUMBERS:,} numbers"
            )
        return np.asarray(self._read(dataset, name))

    def read_floats(self, name: str, dimensions: int) -> NDArray[np.float64]:
        """Return a dataset as float64 with this number of dimensions."""
        found = self.read_numbers(name)
        if found.ndim != dimensions:
            raise self.fault(name, f"has the shape {found.shape}, not {dimensions} dimensions")
        return found.astype(np.float64)

    def read_text(self, name: str) -> str:
        """Return a dataset that is one text."""
        dataset = self._open_dataset(name)
        if dataset.shape != () or h5py.check_string_dtype(dataset.dtype) is None:
            raise self.fault(name, "is no text")
        data = self._read(dataset, name)
        if not isinstance(data, bytes) or len(data) > SIZE_LIMIT:
            raise self.fault(name, f"is no text of at most {SIZE_LIMIT:,} bytes")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise self.fault(name, f"is no text in UTF-8: {error.reason}") from None

    def fault(self, name: str, what: str) -> DamagedError:
        """Return the error of a dataset; `what` completes a sentence that begins with its name."""
        return DamagedError(f'has a fault: the dataset "{name}" {what}', self._path)

    def _open_dataset(self, name: str) -> h5py.Dataset:
        found = self._open(name)
        if not isinstance(found, h5py.Dataset):
            raise self.fault(name, "is no dataset")
        if found.external or found.is_virtual:
            raise self.fault(name, "keeps its numbers in other files, which are not read")
        return found

    def _open(self, name: str) -> Any:
        """Return a group or dataset below the root, by the parts of its path."""
        found: Any = self._file
        for part in filter(None, name.split("/")):
            if not isinstance(found, h5py.Group) or part not in found.keys():  # noqa: SIM118
                raise DamagedError(f'has no dataset "{name}"', self._path)
            if not isinstance(found.get(part, getlink=True), h5py.HardLink):
                raise self.fault(name, "is a link, which is not followed")
            try:
                found = found[part]
            except (KeyError, OSError, RuntimeError) as error:
                raise self.fault(name, f"cannot be read: {error}") from None
        return found

    def _read(self, dataset: h5py.Dataset, name: str) -> Any:
        try:
            return dataset[()]
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise self.fault(name, f"cannot be read: {error}") from None


@contextmanager
def open_hdf5(path: Path) -> Iterator[Hdf5Reader]:
    """Yield the datasets of a file. Raises DamagedError if it is missing, or no HDF5 file."""
    data = read_file(path, limit=FILE_LIMIT)
    try:
        file = h5py.File(io.BytesIO(data), "r")
    except (OSError, RuntimeError) as error:
        raise DamagedError(f"is not a valid HDF5 file: {error}", path) from None
    with file:
        yield Hdf5Reader(file, path)
