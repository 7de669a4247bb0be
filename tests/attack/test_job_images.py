"""Hostile images: huge claimed sizes, unsupported bit depths, files that are not regular."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from descent_atlas.training.images.datasets import DataError
from descent_atlas.training.images.image_files import PIXELS_LIMIT
from tests.precompute.training.images.image_trees import load_tree, make_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of class folders."""
    return make_tree(tmp_path / "data")


def claim(path: Path, width: int, height: int) -> None:
    """Write a PNG of a few bytes whose header claims a size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


@pytest.mark.parametrize("name", ["apple/0.png", "bear/1.png"])
@pytest.mark.parametrize("side", [10_000, 30_000, 2**31 - 1])
def test_an_image_that_claims_to_be_huge_is_named_with_its_size_and_not_decoded(
    tree: Path, tmp_path: Path, name: str, side: int
) -> None:
    claim(tree / "train" / name, side, side)
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(DataError, match=rf"{name} is {side}×{side} pixels; .* {PIXELS_LIMIT:,}"):
        load_tree(tree, tmp_path)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_an_image_that_claims_another_size_is_not_decoded(tree: Path, tmp_path: Path) -> None:
    claim(tree / "train" / "bear" / "1.png", 4000, 4000)
    with pytest.raises(DataError, match=r"is 4000×4000 pixels, other images 6×4"):
        load_tree(tree, tmp_path)


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [("1.png", np.uint16, "I;16"), ("1.tiff", np.int32, "I"), ("1.tiff", np.float32, "F")],
)
def test_an_image_of_more_than_8_bits_a_channel_is_refused(
    tree: Path, tmp_path: Path, name: str, kind: type[np.generic], mode: str
) -> None:
    path = tree / "train" / "bear" / name
    Image.fromarray(np.full((4, 6), 1000, dtype=kind)).save(path)
    with pytest.raises(DataError, match=rf"{name} has more than 8 bits a channel .*mode {mode}\)"):
        load_tree(tree, tmp_path)


def test_colours_of_16_bits_which_pillow_cuts_silently_are_refused(
    tree: Path, tmp_path: Path
) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", 6, 4, 16, 2, 0, 0, 0)
    pixels = b"".join(b"\0" + bytes(6 * 6) for _ in range(4))
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    path = tree / "train" / "bear" / "1.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))
    with pytest.raises(DataError, match=r"1\.png has more than 8 bits a channel .*mode RGB\)"):
        load_tree(tree, tmp_path)
    path.unlink()
    other = path.with_suffix(".ppm")
    other.write_bytes(b"P6\n6 4\n65535\n" + bytes(6 * 4 * 6))
    with pytest.raises(DataError, match=r"1\.ppm has more than 8 bits a channel"):
        load_tree(tree, tmp_path)


def test_a_film_is_no_image(tree: Path, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 4), (shade, 0, 0)) for shade in (0, 200)]
    path = tree / "train" / "bear" / "1.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=r"1\.gif has several frames; a sample is one image"):
        load_tree(tree, tmp_path)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_images_of_other_modes_are_taken(tree: Path, tmp_path: Path, mode: str) -> None:
    Image.new("RGB", (6, 4)).convert(mode).save(tree / "train" / "bear" / "1.png")
    load_tree(tree, tmp_path)


def test_a_pipe_among_the_images_is_named_and_not_waited_for(tree: Path, tmp_path: Path) -> None:
    path = tree / "train" / "bear" / "1.png"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match=r"bear/1\.png cannot be read as an image: it is no reg"):
        load_tree(tree, tmp_path)


def test_a_link_to_nothing_among_the_images_is_named(tree: Path, tmp_path: Path) -> None:
    (tree / "train" / "bear" / "2.png").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"bear/2\.png cannot be read as an image"):
        load_tree(tree, tmp_path)


def test_a_class_whose_name_is_no_text_is_refused(tree: Path, tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tree / split / "bear").rename(tree / split / os.fsdecode(b"\xff"))
    with pytest.raises(DataError, match="whose name cannot be printed"):
        load_tree(tree, tmp_path)
