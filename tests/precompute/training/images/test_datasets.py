"""Data sets: class folders, their faults, and the cache."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from descent_atlas.training.images.dataset_cache import read_cache
from descent_atlas.training.images.dataset_loading import load_dataset
from descent_atlas.training.images.datasets import DataError, ImageDataset, Split
from tests.precompute.training.images.image_trees import CLASSES, load_tree, make_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of class folders."""
    return make_tree(tmp_path / "data")


def test_class_folders_become_one_tensor_a_split(tree: Path, tmp_path: Path) -> None:
    dataset = load_tree(tree, tmp_path)
    assert dataset.classes == CLASSES
    assert dataset.train.images.shape == (4, 3, 4, 6)
    assert dataset.train.images.dtype == torch.uint8
    assert dataset.train.labels.tolist() == [0, 0, 1, 1]
    assert dataset.train.images[:, :, 0, 0].tolist() == [[1, 2, 3]] * 4
    assert dataset.train.images[:, 0, 1, 1].tolist() == [0, 1, 100, 101]


def test_pixels_are_scaled_to_one_and_nothing_more() -> None:
    split = Split(torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8), torch.tensor([0]))
    assert split.inputs(slice(None)).flatten().tolist() == pytest.approx([0, 0.2, 1])
    assert split.inputs(torch.tensor([0, 0])).shape == (2, 1, 1, 3)


def test_the_fingerprint_is_that_of_names_shapes_and_bytes(tree: Path, tmp_path: Path) -> None:
    first = load_tree(tree, tmp_path)
    again = load_dataset(tree, tmp_path / "other", name="other", source="cifar10")
    assert again.fingerprint == first.fingerprint
    others = [
        ImageDataset(name="mine", classes=("a", "b"), train=first.train, test=first.test),
        ImageDataset(name="mine", classes=CLASSES, train=first.test, test=first.train),
        ImageDataset(
            name="mine",
            classes=CLASSES,
            train=Split(first.train.images.view(4, 3, 6, 4), first.train.labels),
            test=first.test,
        ),
    ]
    assert first.fingerprint not in [other.fingerprint for other in others]


def test_the_cache_serves_without_the_images(tree: Path, tmp_path: Path) -> None:
    dataset = load_tree(tree, tmp_path)
    cached = load_tree(None, tmp_path)
    assert cached.fingerprint == dataset.fingerprint
    assert torch.equal(cached.test.images, dataset.test.images)


def test_changed_images_are_read_anew(tree: Path, tmp_path: Path) -> None:
    dataset = load_tree(tree, tmp_path)
    Image.new("RGB", (6, 4)).save(tree / "train" / "bear" / "new.png")
    assert len(load_tree(tree, tmp_path).train.labels) == 5
    assert load_tree(None, tmp_path).fingerprint != dataset.fingerprint


@pytest.mark.parametrize("name", ["train_images.npy", "test_labels.npy", "dataset.json"])
def test_a_damaged_cache_is_found_and_made_anew(tree: Path, tmp_path: Path, name: str) -> None:
    fingerprint = load_tree(tree, tmp_path).fingerprint
    path = tmp_path / "cache" / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is damaged"):
        read_cache(tmp_path / "cache")
    assert load_tree(tree, tmp_path).fingerprint == fingerprint
    assert read_cache(tmp_path / "cache").fingerprint == fingerprint


@pytest.mark.parametrize("content", [b"", b"no image", None])
def test_a_corrupt_image_is_named(tree: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tree / "test" / "bear" / "1.png"
    path.write_bytes(path.read_bytes()[:-30] if content is None else content)
    with pytest.raises(DataError, match=r"test/bear/1\.png cannot be read as an image"):
        load_tree(tree, tmp_path)
    assert not (tmp_path / "cache" / "dataset.json").exists()
    Image.new("RGB", (6, 4)).save(path)
    assert len(load_tree(tree, tmp_path).test.labels) == 4


def test_an_empty_class_folder_is_named(tree: Path, tmp_path: Path) -> None:
    (tree / "train" / "cloud").mkdir()
    with pytest.raises(DataError, match=r"train is unusable: .* cloud"):
        load_tree(tree, tmp_path)


def test_classes_of_one_split_alone_are_named(tree: Path, tmp_path: Path) -> None:
    (tree / "train" / "cloud").mkdir()
    Image.new("RGB", (6, 4)).save(tree / "train" / "cloud" / "0.png")
    with pytest.raises(DataError, match="differ: cloud"):
        load_tree(tree, tmp_path)


def test_an_image_of_another_size_is_named(tree: Path, tmp_path: Path) -> None:
    Image.new("RGB", (5, 4)).save(tree / "train" / "bear" / "1.png")
    with pytest.raises(DataError, match=r"bear/1\.png is 5×4 pixels, other images 6×4"):
        load_tree(tree, tmp_path)


def test_without_data_both_ways_to_get_it_are_told(tmp_path: Path) -> None:
    for data in (None, tmp_path / "nowhere"):
        with pytest.raises(DataError, match="--download") as caught:
            load_dataset(data, tmp_path / "cache", name="CIFAR-10", source="cifar10")
        assert "train/<class>/*.png" in str(caught.value)
    with pytest.raises(DataError, match="--data DIR") as caught:
        load_tree(tmp_path, tmp_path)
    assert "--download" not in str(caught.value)
