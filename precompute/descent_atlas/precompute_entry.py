"""The entry point of `descent-atlas-precompute`, which needs none of its optional packages."""

import sys

PACKAGES = ("PIL", "h5py", "kaleido", "plotly", "rich", "sklearn", "torch", "torchvision")
"""The modules of the extra `precompute`."""

CLUSTER_PACKAGE = "distributed"
"""The module of the extra `cluster`."""

WITHOUT_TORCH = ("export", "import")
"""The commands that need only the extra `exchange`, a part of it."""


def main() -> None:
    """Run the command, or say which extra it lacks."""
    is_exchange = sys.argv[1:2] and sys.argv[1] in WITHOUT_TORCH
    try:
        if is_exchange:
            from descent_atlas.exchange_commands import main as run
        else:
            from descent_atlas.precompute_cli import main as run
        run()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (*PACKAGES, CLUSTER_PACKAGE):
            raise
        what, extra = "The offline job", "precompute"
        if is_exchange:
            what, extra = "This command", "exchange"
        elif missing == CLUSTER_PACKAGE:
            what, extra = "A Dask cluster", "precompute,cluster"
        sys.exit(
            f"{missing} is not installed. {what} needs the extra{'s' * (',' in extra)} `{extra}`: "
            f"pip install 'descent-atlas[{extra}]'"
        )
