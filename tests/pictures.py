"""The pictures in docs/ that the README shows: `make pictures` takes them anew from the current page.

Each is a screenshot of a view that its link opens, reduced to a palette: the page has few colours
beside the smooth ones of its heatmaps, whose dithering no eye finds.
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

COLORS = (256, 192, 128, 96, 64)
"""Palettes that are tried, the largest first, until a picture is small enough."""

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
        top: a selector of what is scrolled to the top.
    """

    name: str
    address: str
    theme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = field(default=(1440, 900))
    top: str | None = None


PICTURES = (
    Picture("playground", "/"),
    Picture("playground-dark", "/", theme="dark"),
    Picture("basins", "/?preset=article&basins=adam"),
    Picture("stories", "/?story=different-minima"),
    Picture("surface", "/?objective=himmelblau&surface=3d", theme="dark"),
    Picture("landscape", "/landscapes?show=optimizers"),
    Picture("landscapes", "/landscapes"),
    Picture("batches", "/landscapes?show=batches-end", size=(1200, 850)),
    Picture("claims", "/about", size=(1200, 850), top="#claims"),
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
    if picture.top is not None:
        page.locator(picture.top).evaluate("e => e.scrollIntoView({block: 'start'})")
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(DRAWN_MS)
    content = page.screenshot()
    context.close()
    return content


def compress(content: bytes) -> bytes:
    """Return a PNG with the largest palette that makes it small enough.

    Raises:
        ValueError: if none does.
    """
    image = Image.open(io.BytesIO(content)).convert("RGB")
    for colors in COLORS:
        reduced = image.quantize(colors, method=Image.Quantize.MEDIANCUT)
        file = io.BytesIO()
        reduced.save(file, "PNG", optimize=True)
        if file.tell() < MOST_BYTES:
            return file.getvalue()
    raise ValueError(f"a picture is larger than {MOST_BYTES} bytes even with {COLORS[-1]} colours")


if __name__ == "__main__":
    try:
        take_pictures(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
