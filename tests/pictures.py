"""The README's pictures in docs/: `make pictures` takes them anew from the current page.

Each is a screenshot of a view that its link opens, reduced to a palette. The palette is spread over
all colours that occur before it is fitted to the frequent ones: lines and marks keep theirs, and
dithered heatmaps show no steps.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import choose_arguments, find_or_install
from tests.servers import run_server

FOLDER = Path(__file__).parents[1] / "docs"

MOST_BYTES = 300_000
"""A README with nine pictures loads within seconds on a slow line."""

COLORS = 256

FITS = 2
"""Rounds in which the palette is fitted to the picture."""

DRAWN_MS = 4000
"""How long a view gets after its last request, for 3D and basins on a machine without a GPU."""


@dataclass(frozen=True)
class Picture:
    """A view and the file that shows it.

    Attributes:
        name: the file's name, without its ending.
        address: path and query of the view.
        theme: the theme that the browser asks for.
        size: width and height of the window.
        click: a selector of what is clicked first.
        top: a selector of what is scrolled to the top.
    """

    name: str
    address: str
    theme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = field(default=(1440, 900))
    click: str | None = None
    top: str | None = None


PICTURES = (
    # With a start in its address the page does not ask for one.
    Picture("playground", "/?start=0.6,1.4"),
    Picture("playground-dark", "/?start=0.6,1.4", theme="dark"),
    Picture("basins", "/?preset=article&basins=adam&start=0.6,1.4"),
    Picture("stories", "/?start=0.6,1.4", click="#stories-opener"),
    Picture("surface", "/?objective=himmelblau&surface=3d", theme="dark"),
    Picture("landscape", "/landscapes?show=optimizers"),
    Picture("landscapes", "/landscapes"),
    Picture("batches", "/landscapes?show=batches-end", size=(1200, 850)),
    Picture("claims", "/about", size=(1200, 850), top="#claims-title"),
)


def take_pictures(names: Sequence[str], folder: Path = FOLDER) -> None:
    """Write the pictures of some names, or all; raise ValueError for a name that there is not."""
    if unknown := set(names) - {picture.name for picture in PICTURES}:
        raise ValueError(f"no picture is called {', '.join(sorted(unknown))}")
    with run_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_or_install(), args=choose_arguments()
        )
        for picture in PICTURES:
            if not names or picture.name in names:
                content = compress(take(browser, url, picture))
                (folder / f"{picture.name}.png").write_bytes(content)
                print(f"{picture.name}.png: {len(content) / 1000:.0f} kB")
        browser.close()


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """Return a screenshot as PNG."""
    width, height = picture.size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        reduced_motion="reduce",  # paths are drawn to their ends at once
    )
    page: Page = context.new_page()
    page.goto(picture.address, wait_until="networkidle")
    if picture.click is not None:
        page.locator(picture.click).click()
    if picture.top is not None:
        page.locator(picture.top).evaluate("e => e.scrollIntoView({block: 'start'})")
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(DRAWN_MS)
    content = page.screenshot()
    context.close()
    return content


def compress(content: bytes) -> bytes:
    """Return a PNG with a palette; raise ValueError if it is too large all the same."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    palette = image.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, kmeans=FITS)
    reduced = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    file = io.BytesIO()
    reduced.save(file, "PNG", optimize=True)
    if file.tell() > MOST_BYTES:
        raise ValueError(f"a picture has {file.tell()} bytes, more than {MOST_BYTES}")
    return file.getvalue()


if __name__ == "__main__":
    try:
        take_pictures(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
