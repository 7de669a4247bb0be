"""The playback taken home: WebM, MP4 and GIF of every step, a still of one."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground
from tests.browser.views import open_video

QUERY = "?objective=himmelblau&start=1.25,-2.5&optimizers=gd,-sgd,adam&steps=120&step=40&loss=log"
STEM = "himmelblau_from_1.25_-2.5"
SIZE = (640, 400)
FRAMES = 8

HASH_FRAMES = """() => {
  const { prototype } = CanvasRenderingContext2D;
  const original = prototype.getImageData;
  window.frames_read = [];
  prototype.getImageData = function (...area) {
    const image = original.apply(this, area);
    let hash = 0;
    for (const pixel of new Uint32Array(image.data.buffer)) {
      hash = (Math.imul(hash, 31) + pixel) | 0;
    }
    window.frames_read.push(hash);
    return image;
  };
}"""
"""Records a hash of every frame that the page reads back for a GIF."""

HASH_PREVIEW = """canvas => {
  const read = window.frames_read.length;
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return window.frames_read.splice(read)[0];
}"""

PLAY = """async content => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  const loaded = new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  });
  video.src = URL.createObjectURL(new Blob([bytes]));
  await loaded;
  const { videoWidth: width, videoHeight: height, duration } = video;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const frames = [];
  for (const time of [0, duration - 0.02]) {
    const sought = new Promise((resolve) => (video.onseeked = resolve));
    video.currentTime = time;
    await sought;
    context.drawImage(video, 0, 0);
    frames.push(canvas.toDataURL().split(",")[1]);
  }
  return { width, height, duration, frames };
}"""
"""Decodes a video on a page of its own, whose policy allows that."""


class VideoDialog:
    """The dialog in which a video is made."""

    def __init__(self, playground: Playground) -> None:
        self.page = playground.page
        self.root: Locator = self.page.get_by_role("dialog", name="Playback as video or GIF")
        self.make = self.root.locator(".video-make")
        self.status = self.root.get_by_role("status")

    def set(self, **numbers: float) -> None:
        """Type numbers into the fields of these names."""
        for name, value in numbers.items():
            field = self.root.get_by_label(name.replace("_", " "))
            field.fill(str(value))
            field.press("Tab")

    def choose(self, kind: str) -> None:
        """Choose a format, in the small size of these tests."""
        self.root.get_by_role("group", name="Format").get_by_role("button", name=kind).click()
        self.set(Width=SIZE[0], Height=SIZE[1], Seconds=1, Frames_a_second=FRAMES)
        amount = f"{FRAMES} frames, about " if kind == "GIF" else f"{FRAMES} frames, at most about "
        expect(self.root.locator(".about").filter(has_text=amount)).to_be_visible()
        expect(self.make).to_be_enabled()
        expect(self.make).to_have_text(f"Save {kind}")

    def save(self, button: Locator) -> tuple[str, Path]:
        """Press a button; return the name and the path of its download."""
        with self.page.expect_download() as event:
            button.click()
        name = event.value.suggested_filename
        expect(self.status).to_contain_text(f"Saved {name}")
        return name, event.value.path()

    def save_still(self, step: int) -> tuple[str, Path]:
        """Save the still of a step."""
        self.root.get_by_role("slider", name="Step of the still").fill(str(step))
        return self.save(self.root.get_by_role("button", name="Save this step as PNG"))

    def hash_preview(self) -> Any:
        """Return the hash of the frame in sight."""
        return self.root.locator(".video-preview canvas").evaluate(HASH_PREVIEW)


def play(dialog: VideoDialog, path: Path) -> dict[str, Any]:
    """Return a video's size, its duration, and its first and last frames."""
    page = dialog.page.context.new_page()
    content = base64.b64encode(path.read_bytes()).decode()
    found: dict[str, Any] = page.evaluate(PLAY, content)
    page.close()
    found["frames"] = [read(base64.b64decode(frame)) for frame in found["frames"]]
    return found


def read(content: bytes) -> Image.Image:
    """Return a picture's pixels."""
    return Image.open(io.BytesIO(content)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, in levels of 255."""
    histogram = ImageChops.difference(one, other).convert("L").histogram()
    return sum(level * count for level, count in enumerate(histogram)) / sum(histogram)


def count_webm_frames(content: bytes) -> int:
    """Return the number of blocks of a WebM file: EBML elements are an id, a size, and content."""
    containers = (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75")  # the segment and its clusters
    at, count = 0, 0
    while at < len(content):
        length = 9 - content[at].bit_length()
        name = content[at : at + length]
        at += length
        length = 9 - content[at].bit_length()
        size = int.from_bytes(content[at : at + length]) & ((1 << (7 * length)) - 1)
        at += length
        count += name in (b"\xa3", b"\xa0")
        if name not in containers:
            at += size
    return count


def test_the_playback_is_saved_frame_by_frame_as_webm_and_gif(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(QUERY)
    playground.page.evaluate(HASH_FRAMES)
    open_video(playground)
    dialog = VideoDialog(playground)

    dialog.choose("WebM")
    name, first_path = dialog.save_still(0)
    assert name == f"{STEM}_step-0.png"
    first, first_hash = read(first_path.read_bytes()), dialog.hash_preview()
    name, last_path = dialog.save_still(120)
    assert name == f"{STEM}_step-120.png"
    last = read(last_path.read_bytes())
    assert first.size == last.size == SIZE
    assert difference(first, last) > 0.5

    name, path = dialog.save(dialog.make)
    assert name == f"{STEM}_playback.webm"
    assert count_webm_frames(path.read_bytes()) == FRAMES
    video = play(dialog, path)
    assert (video["width"], video["height"]) == SIZE
    assert video["duration"] == pytest.approx(1, abs=0.05)
    for frame, still, other in zip(video["frames"], (first, last), (last, first), strict=True):
        assert difference(frame, still) < min(2, difference(frame, other))

    dialog.choose("GIF")
    gifs, hashes = [], []
    for _ in range(2):
        playground.page.evaluate("() => { window.frames_read.length = 0; }")
        name, path = dialog.save(dialog.make)
        assert name == f"{STEM}_playback.gif"
        gifs.append(hashlib.sha256(path.read_bytes()).hexdigest())
        hashes.append(playground.page.evaluate("() => window.frames_read.slice()"))
    assert gifs[0] == gifs[1]
    assert hashes[0] == hashes[1]
    frames = hashes[0][-FRAMES:]
    assert len(set(frames)) == FRAMES
    assert frames[0] == first_hash
    with Image.open(path) as gif:
        assert (gif.size, gif.n_frames, gif.info["loop"]) == (SIZE, FRAMES, 0)  # type: ignore[attr-defined]
        assert difference(gif.convert("RGB"), first) < 2
        gif.seek(FRAMES - 1)
        assert difference(gif.convert("RGB"), last) < 2

    dialog.set(Seconds=60)
    expect(dialog.root).to_contain_text("480 frames, about")
    expect(dialog.make).to_be_enabled()
    dialog.make.click()
    expect(dialog.root.get_by_text("of 480 frames, about")).to_be_visible()
    assert dialog.root.get_by_role("progressbar").is_visible()
    dialog.root.get_by_role("button", name="Cancel").click()
    expect(dialog.status).to_have_text("Cancelled. Nothing was saved.")
    expect(dialog.make).to_be_enabled()
    expect(dialog.make).to_be_focused()
    dialog.make.click()
    expect(dialog.root.get_by_text("of 480 frames, about")).to_be_visible()
    playground.page.keyboard.press("Escape")
    expect(dialog.root).to_be_hidden()
    expect(playground.page.get_by_role("button", name="Export", exact=True)).to_be_focused()
    open_video(playground)
    expect(dialog.status).to_be_empty()
    expect(dialog.root.get_by_role("button", name="Cancel")).to_be_hidden()


def test_without_a_secure_page_a_gif_is_offered_and_the_reason_is_said(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(QUERY)
    playground.page.evaluate(
        "() => Object.defineProperty(window, 'isSecureContext', { get: () => false })"
    )
    open_video(playground)
    dialog = VideoDialog(playground)
    kinds = dialog.root.get_by_role("group", name="Format").get_by_role("button")
    assert kinds.all_inner_texts() == ["GIF"]
    expect(dialog.root).to_contain_text("WebM and MP4 need a page that came by HTTPS")
    dialog.set(Width=240, Height=240)
    expect(dialog.root.get_by_role("alert")).to_contain_text(
        "Not all of this has room in the frame"
    )
    expect(dialog.make).to_be_disabled()
