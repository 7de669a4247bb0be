"""The command `descent-atlas-precompute spectrum`: curvature of networks that exist already.

Of one network it finds the spectrum; of several checkpoints of a training, the sharpness along it.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from descent_atlas.analysis.spectra.curvature_points import CountReport, ignore_count
from descent_atlas.analysis.spectra.found_spectra import SharpnessPath, Spectrum
from descent_atlas.analysis.spectra.network_spectra import (
    DENSITY_PROBES,
    LANCZOS_STEPS,
    TOLERANCE,
    TRACE_PROBES,
    spectrum,
)
from descent_atlas.analysis.spectra.sharpness_paths import sharpness_along
from descent_atlas.analysis.spectra.spectrum_figures import say_pair
from descent_atlas.drawing.exchange.figure_files import make_page
from descent_atlas.drawing.named_subjects import guard, load_data, load_model
from descent_atlas.drawing_command import FAULTS, tell
from descent_atlas.evaluation.buffers import Recalibrated
from descent_atlas.evaluation.named_losses import READY_LOSSES, find_loss
from descent_atlas.evaluation.states import find_files
from descent_atlas.storage.durable import write_whole

EPILOG = """\
examples:
  spectrum my_module:model --checkpoint end.pt --data my_module:batches \\
      --loss classification --out end.json --html end.html
  spectrum my_module:model --checkpoint 'run/*.pt' --data my_module:batches \\
      --loss my_module:loss --out run.json           the sharpness along a training

Modules are sought in the current folder first.
"""


def add_spectrum_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's parser to those of `descent-atlas-precompute`."""
    parser = commands.add_parser(
        "spectrum",
        help="find the eigenvalues of a loss's curvature, its trace and density",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model", metavar="M:MODEL", help="the network, or a function that returns it"
    )
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        metavar="FILE",
        default=[],
        help="files, folders or patterns of checkpoints (.pt, .ckpt, .safetensors)",
    )
    parser.add_argument(
        "--data",
        metavar="M:NAME",
        required=True,
        help="the batches, or a function that returns them",
    )
    parser.add_argument(
        "--loss",
        metavar="M:NAME",
        required=True,
        help=f"a function loss(model, batch), or {', '.join(READY_LOSSES)}",
    )
    parser.add_argument(
        "--matrix",
        choices=("hessian", "gauss-newton"),
        default="hessian",
        help="of which matrix (hessian); gauss-newton needs a loss with parts",
    )
    parser.add_argument(
        "--count", type=int, default=1, metavar="N", help="eigenvalues at each end (1)"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=TOLERANCE,
        metavar="T",
        help=f"residual of a converged eigenvalue, relative to it ({TOLERANCE:g})",
    )
    parser.add_argument(
        "--trace-probes",
        type=int,
        default=TRACE_PROBES,
        metavar="N",
        help=f"random vectors of the trace, 0 for none ({TRACE_PROBES})",
    )
    parser.add_argument(
        "--density-probes",
        type=int,
        default=DENSITY_PROBES,
        metavar="N",
        help=f"random vectors of the density, 0 for none ({DENSITY_PROBES})",
    )
    parser.add_argument(
        "--lanczos-steps",
        type=int,
        default=LANCZOS_STEPS,
        metavar="M",
        help=f"products of the density for each of them ({LANCZOS_STEPS})",
    )
    parser.add_argument("--seed", type=int, default=0, help="of random vectors (0)")
    parser.add_argument(
        "--parameters", nargs="+", metavar="PATTERN", help="only these, as in 'encoder.*'"
    )
    parser.add_argument(
        "--buffers",
        choices=("frozen", "recalibrated"),
        help="running statistics: the network's, or computed anew from the data",
    )
    parser.add_argument("--device", default="cpu", help="where products are computed (cpu)")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write all numbers there")
    parser.add_argument("--html", type=Path, metavar="FILE.html", help="write the figure there")
    parser.set_defaults(command=find_spectrum)


def find_spectrum(**options: Any) -> int:
    """Find what the arguments name; return the exit code."""
    sys.path.insert(0, str(Path.cwd()))  # where a user's modules are, as for `python -m`
    console = Console()
    try:
        with counting_products(console) as report:
            found = measure(argparse.Namespace(**options), report)
        for line in say_path(found) if isinstance(found, SharpnessPath) else say_spectrum(found):
            tell(console, line)
        if options["out"] is not None:
            tell(console, f"All numbers are in {found.save(options['out'])}.")
        if options["html"] is not None:
            facts = {"matrix": found.matrix, "torch": str(found.evaluation["torch"])}
            page = make_page(found.figure(), found.title, facts)
            write_whole(options["html"], page.encode())
            tell(console, f"The figure is in {options['html']}.")
    except FAULTS as error:
        tell(Console(stderr=True), str(error))
        return 1
    return 0


@contextmanager
def counting_products(console: Console) -> Iterator[CountReport]:
    """Show on a terminal how many products were made."""
    if not console.is_terminal:
        yield ignore_count
        return
    with console.status("0 products") as status:
        yield lambda products: status.update(f"{products:,} products")


def measure(options: argparse.Namespace, report: CountReport) -> Spectrum | SharpnessPath:
    """Return the spectrum of one network, or the sharpness along several checkpoints.

    Raises one of `FAULTS`, with a message for the user.
    """
    model = load_model(options.model)
    loss = guard(find_loss(options.loss), f'the loss "{options.loss}"')
    batches = load_data(options.data)
    shared: dict[str, Any] = {
        "matrix": options.matrix,
        "tolerance": options.tolerance,
        "seed": options.seed,
        "parameters": options.parameters,
        "buffers": Recalibrated(batches) if options.buffers == "recalibrated" else options.buffers,
        "device": options.device,
        "report": report,
    }
    files = [file for pattern in options.checkpoint for file in find_files(pattern)]
    if len(files) > 1:
        sources = options.checkpoint[0] if len(options.checkpoint) == 1 else files
        return sharpness_along(model, loss, batches, sources, **shared)
    return spectrum(
        model,
        loss,
        batches,
        at=files[0] if files else None,
        count=options.count,
        trace_probes=options.trace_probes,
        density_probes=options.density_probes,
        lanczos_steps=options.lanczos_steps,
        **shared,
    )


def say_spectrum(found: Spectrum) -> list[str]:
    """Return a spectrum in lines."""
    lines = [found.title, say_evaluation(found)]
    for end, pairs in (("largest", found.largest), ("smallest", found.smallest)):
        if pairs is not None:
            lines += [
                f"{end:9}{number + 1:2}  λ = {say_pair(pairs, number)}"
                for number in range(len(pairs.values))
            ]
    if found.trace is not None:
        trace = found.trace
        lines.append(
            f"trace        {trace.value:.6g} ± {trace.standard_error:.2g} (standard error, "
            f"{trace.probes} random vectors)"
        )
    if found.density is not None:
        density = found.density
        lines.append(
            f"density      {density.probes} random vectors × {density.steps} Lanczos steps, "
            f"width {density.width:.3g}"
        )
    lines.append(f"{found.products} products")
    return lines


def say_path(found: SharpnessPath) -> list[str]:
    """Return the sharpness along a training in lines."""
    rows = zip(found.steps, found.values, found.residuals, found.converged, strict=True)
    return [
        found.title,
        say_evaluation(found),
        *(
            f"step {step:8,}  λ = {value:.6g} (residual {residual:.2g})"
            + ("" if converged else ", not converged")
            for step, value, residual, converged in rows
        ),
        f"{found.products} products",
    ]


def say_evaluation(found: Spectrum | SharpnessPath) -> str:
    """Return over what the loss was evaluated."""
    facts = found.evaluation
    return (
        f"{facts['loss']} over {facts['samples']:,.10g} samples in {facts['batches']} batches, "
        f"{facts['precision']} on {facts['device']}"
    )
