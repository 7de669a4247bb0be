"""Data sets: class folders, their faults, and the cache."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from descent_atlas.training.images.dataset_cache import read_cache
from descent_atlas.training.images.dataset_loading import load_dataset
from descent_atlas.training.images.datasets import (
    DataError,
    ImageDataset,
    Normalization,
    Split,
)
from descent_atlas.training.images.image_files import ImageFormat
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


def test_numbers_that_are_no_bytes_are_seen_as_they_are_and_never_changed() -> None:
    floats = Split(torch.tensor([[0.5, -200.0]]), torch.tensor([0]))
    given = floats.images.clone()
    for indices in (slice(None), torch.tensor([0])):
        seen = floats.inputs(indices)
        assert torch.equal(seen, given)
        seen.zero_()
        assert torch.equal(floats.images, given)
    tokens = Split(torch.tensor([[7, 255]]), torch.tensor([0]))
    assert tokens.inputs(slice(None)).dtype == torch.int64
    assert tokens.inputs(slice(None)).tolist() == [[7, 255]]
    halves = Split(torch.tensor([[1.5]], dtype=torch.float64), torch.tensor([0]))
    assert halves.inputs(slice(None)).dtype == torch.float32


def test_inputs_are_normalized_channel_by_channel() -> None:
    images = torch.tensor([[[[0, 255]], [[255, 0]]]], dtype=torch.uint8)
    split = Split(images, torch.tensor([0]), Normalization((0.5, 0.25), (0.5, 2.0)))
    assert split.inputs(slice(None)).flatten().tolist() == [-1, 1, 0.375, -0.125]
    assert split.choose(slice(None)).normalization == split.normalization


def test_a_chosen_part_of_a_split_stays_of_its_class() -> None:
    class Doubled(Split):
        def inputs(self, indices: torch.Tensor | slice) -> torch.Tensor:
            return 2 * super().inputs(indices)

    split = Doubled(torch.tensor([[1.0], [2.0]]), torch.tensor([0, 1]))
    assert split.choose(torch.tensor([1])).inputs(slice(None)).tolist() == [[4.0]]


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


def test_a_split_without_one_of_the_classes_is_taken_if_the_study_names_them(
    tree: Path, tmp_path: Path
) -> None:
    (tree / "train" / "cloud").mkdir()
    Image.new("RGB", (6, 4)).save(tree / "train" / "cloud" / "0.png")
    form = ImageFormat(classes=("cloud", "bear", "apple"))
    dataset = load_tree(tree, tmp_path, form=form)
    assert dataset.classes == ("cloud", "bear", "apple")
    assert dataset.train.labels.tolist() == [0, 1, 1, 2, 2]
    assert dataset.test.labels.tolist() == [1, 1, 2, 2]
    with pytest.raises(DataError, match="has folders that are no class: cloud"):
        load_tree(tree, tmp_path, form=ImageFormat(classes=("apple", "bear")))


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "gif", "bmp", "webp", "tiff", "ppm"])
def test_images_of_every_named_format_are_taken(tree: Path, tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (6, 4), (200, 10, 30)).save(tree / "train" / "bear" / f"new.{suffix}")
    images = load_tree(tree, tmp_path).train.images
    assert len(images) == 5
    assert images[-1, :, 2, 3].tolist() == pytest.approx([200, 10, 30], abs=8)  # JPEG's loss


def test_images_are_resized_to_the_size_that_the_study_names(tree: Path, tmp_path: Path) -> None:
    Image.new("RGB", (50, 4), (9, 9, 9)).save(tree / "train" / "bear" / "wide.png")
    dataset = load_tree(tree, tmp_path, form=ImageFormat(size=(5, 8)))
    assert dataset.train.images.shape == (5, 3, 8, 5)
    assert (dataset.train.images[-1] == 9).all()


def test_grey_images_keep_one_channel_by_choice_and_three_are_told(
    tree: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in tree.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    assert load_tree(tree, tmp_path).train.images.shape == (4, 3, 4, 6)
    assert "train: 4 of 4 images are grey and get three equal channels" in caplog.text
    caplog.clear()
    assert load_tree(tree, tmp_path, form=ImageFormat(channels=1)).train.images.shape[1] == 1
    assert caplog.text == ""


def test_lost_colour_and_transparency_are_told(
    tree: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Image.new("RGBA", (6, 4)).save(tree / "train" / "bear" / "1.png")
    load_tree(tree, tmp_path, form=ImageFormat(channels=1))
    assert "train: 4 of 4 images lose their colour" in caplog.text
    assert "train: 1 of 4 images lose their transparency" in caplog.text


def test_other_ways_of_reading_are_other_data(tree: Path, tmp_path: Path) -> None:
    first = load_tree(tree, tmp_path).fingerprint
    normalization = Normalization((0.5,) * 3, (0.25,) * 3)
    normalized = load_tree(tree, tmp_path, normalization=normalization)
    assert normalized.fingerprint != first
    cached = read_cache(tmp_path / "cache")
    assert cached.fingerprint == normalized.fingerprint
    assert cached.train.normalization == cached.test.normalization == normalization
    assert torch.equal(cached.test.inputs(slice(None)), (cached.test.images / 255 - 0.5) / 0.25)
    assert load_tree(tree, tmp_path, form=ImageFormat(channels=1)).fingerprint != first
    with pytest.raises(DataError, match="no images"):  # the cache was filled otherwise
        load_tree(tmp_path / "nowhere", tmp_path)
    assert load_tree(tree, tmp_path).fingerprint == first


def test_a_normalization_of_other_channels_is_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="have 1 and 1 numbers; the images have 3 channels"):
        load_tree(tree, tmp_path, normalization=Normalization((0.5,), (0.5,)))


def test_the_digits_need_no_folder(tmp_path: Path) -> None:
    dataset = load_dataset(None, tmp_path / "cache", name="digits", source="digits")
    assert (dataset.train.size, dataset.test.size) == (1500, 297)
    assert dataset.train.images.shape == (1500, 1, 8, 8)
    for split in (dataset.train, dataset.test):
        assert split.images.min() == 0 and split.images.max() == 1
        assert torch.equal(split.images * 16, (split.images * 16).round())
        assert set(split.labels.tolist()) == set(range(10))
    again = load_dataset(tmp_path, tmp_path / "cache", name="digits", source="digits")
    assert again.fingerprint == dataset.fingerprint
    assert torch.equal(again.train.inputs(slice(None)), dataset.train.images)


def test_without_data_both_ways_to_get_it_are_told(tmp_path: Path) -> None:
    for data in (None, tmp_path / "nowhere"):
        with pytest.raises(DataError, match="--download") as caught:
            load_dataset(data, tmp_path / "cache", name="CIFAR-10", source="cifar10")
        assert "train/<class>/*.png" in str(caught.value)
    with pytest.raises(DataError, match="--data DIR") as caught:
        load_tree(tmp_path, tmp_path)
    assert "--download" not in str(caught.value)
