"""Figures as pictures and as pages that need nothing else."""

import html
import io
from typing import TYPE_CHECKING, Any

from descent_atlas.analysis.figure_style import AREA, INK, PAGE, SOFT
from descent_atlas.drawing.exchange.landscape_provenance import describe_provenance
from descent_atlas.landscapes.manifest import Manifest

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WIDTH = 760
"""Width of a picture in pixels: room for a square plane beside its colour bar."""

SCALE = 2
"""Pixels of a PNG for each pixel of the figure, for high resolution displays and print."""

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
"""The page's own Content-Security-Policy: a browser lets it load nothing."""

TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ margin: 0 auto; max-width: 960px; background: {page}; color: {ink};
  font: 13px/1.5 system-ui, sans-serif; }}
main {{ overflow-x: auto; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0;
  padding: 16px 24px 32px; }}
dt {{ color: {soft}; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>{figure}</main>
<footer><dl>
{facts}
</dl></footer>
</body>
</html>
"""


def make_figure_file(figure: "Figure", to: str, manifest: Manifest) -> bytes:
    """Return a figure as "png", "svg" or "html", with the provenance of its landscape.

    Raises ValueError if no browser that draws pictures is found.
    """
    provenance = describe_provenance(manifest)
    if to == "html":
        return make_page(figure, manifest.title, provenance).encode()
    picture = make_picture(figure, to)
    text = "\n".join(f"{name}: {told}" for name, told in provenance.items())
    return label_png(picture, manifest.title, text) if to == "png" else label_svg(picture, text)


def make_page(figure: "Figure", title: str, provenance: dict[str, str]) -> str:
    """Return a page with plotly.js in it, the figure, and beneath it the provenance."""
    drawn = figure.to_html(
        full_html=False,
        include_plotlyjs=True,
        include_mathjax=False,
        div_id="figure",
        config={"responsive": True, "displaylogo": False},
    )
    facts = "\n".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>"
        for name, text in provenance.items()
    )
    return TEMPLATE.format(
        policy=POLICY,
        title=html.escape(title),
        page=PAGE,
        ink=INK,
        soft=SOFT,
        figure=drawn,
        facts=facts,
    )


def make_picture(figure: "Figure", to: str) -> bytes:
    """Return a picture that Kaleido draws with the Chrome or Chromium of this machine."""
    import kaleido
    from kaleido.errors import ChromeNotFoundError

    height = figure.layout.height or AREA
    options: dict[str, Any] = {
        "format": to,
        "width": WIDTH,
        "height": height,
        "scale": SCALE if to == "png" else 1,
    }
    try:
        # Without MathJax, which the page would fetch from the network.
        drawn = kaleido.calc_fig_sync(figure.to_dict(), opts=options, kopts={"mathjax": False})
    except ChromeNotFoundError:
        raise ValueError(
            f"{to} needs Chrome or Chromium, which was not found: install one, or name it in the "
            "environment variable BROWSER_PATH; html needs none"
        ) from None
    return bytes(drawn)


def label_png(picture: bytes, title: str, text: str) -> bytes:
    """Return a PNG with a title and a description in its metadata."""
    from PIL import Image, PngImagePlugin

    told = PngImagePlugin.PngInfo()
    told.add_itxt("Title", title)
    told.add_itxt("Description", text)
    told.add_itxt("Software", "Descent Atlas")
    labelled = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.save(labelled, "PNG", pnginfo=told)
    return labelled.getvalue()


def label_svg(picture: bytes, text: str) -> bytes:
    """Return an SVG whose first element is a description."""
    opening, end, rest = picture.decode().partition(">")
    if not opening.lstrip().startswith("<svg"):
        raise ValueError("the picture is no SVG that begins with its root element")
    return f"{opening}{end}<metadata>{html.escape(text)}</metadata>{rest}".encode()
