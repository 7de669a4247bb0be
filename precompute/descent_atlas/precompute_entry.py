"""The entry point of `descent-atlas-precompute`, which needs none of its optional packages."""

import sys

PACKAGES = ("PIL", "plotly", "rich", "sklearn", "torch", "torchvision")
"""The modules of the extra `precompute`."""


def main() -> None:
    """Run the command, or say which extra it lacks."""
    try:
        from descent_atlas.precompute_cli import main as run
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in PACKAGES:
            raise
        sys.exit(
            f"{missing} is not installed. The offline job needs the extra `precompute`: "
            "pip install 'descent-atlas[precompute]'"
        )
    run()
