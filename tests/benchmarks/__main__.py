"""Run the benchmarks: ours beside its peers, one line each."""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    basin_maps,
    capacity,
    curvature,
    descents,
    drawing,
    gpu,
    landscape_folders,
    landscape_page,
    landscapes,
    light_beside_heavy,
    page,
    rate_curves,
    serving,
    sharding,
    training,
    typed_functions,
)
from tests.benchmarks.measuring import Result, significant

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "descents-c": descents.compare_with_c,
    "variants-c": descents.compare_most_variants_with_c,
    "descents-torch": descents.compare_with_torch,
    "descents-step": descents.compare_with_torch_given_gradients,
    "basins-numpy": basin_maps.compare_with_numpy,
    "rate-curve": rate_curves.time_curve,
    "typed-built-in": typed_functions.compare_with_built_in,
    "requests": serving.compare_with_constant,
    "landscape-requests": serving.compare_landscape_with_constant,
    "ensemble": serving.time_ensemble,
    "start": serving.time_start,
    "first-click": serving.time_first_click,
    "light-beside-heavy": light_beside_heavy.time_slowest,
    "light-beside-median": light_beside_heavy.time_median,
    "capacity-page": capacity.count_pages,
    "capacity-catalog": capacity.count_catalogs,
    "capacity-landscape": capacity.count_landscapes,
    "capacity-descent": capacity.count_descents,
    "capacity-ensemble": capacity.count_ensembles,
    "capacity-typed": capacity.count_typed,
    "load": page.time_load,
    "bytes": page.count_bytes,
    "click": page.time_click,
    "drag-median": page.time_median_frame,
    "drag-p95": page.time_slow_frame,
    "cloud": page.time_cloud,
    "typed-first-paths": typed_functions.time_first_paths,
    "typed-drag-median": typed_functions.time_median_frame,
    "typed-drag-p95": typed_functions.time_slow_frame,
    "landscape-open": landscape_page.time_open,
    "landscape-ground": landscape_page.time_ground,
    "landscape-first-open": landscape_page.time_first_open,
    "landscape-surface": landscape_page.time_surface,
    "landscape-toggle": landscape_page.time_toggle,
    "landscape-playback": landscape_page.time_median_frame,
    "catalog": landscape_folders.time_catalog,
    "catalog-page": landscape_folders.time_page,
    "landscapes-memory": landscape_folders.measure_memory,
    "landscapes-memory-many": landscape_folders.measure_memory_of_many,
    "grid-point": landscapes.compare_with_loss_landscapes,
    "grid-products": landscapes.compare_with_products,
    "grid-points-linear": landscapes.compare_numbers_of_points,
    "grid-images-linear": landscapes.compare_numbers_of_images,
    "drawing-conv-forward": drawing.compare_convolutional_with_forward,
    "drawing-conv-loop": drawing.compare_convolutional_with_loop,
    "drawing-conv-peer": drawing.compare_convolutional_with_peer,
    "drawing-block-forward": drawing.compare_transformer_with_forward,
    "drawing-block-loop": drawing.compare_transformer_with_loop,
    "drawing-vocabulary-loop": drawing.compare_vocabulary_with_loop,
    "drawing-block-peer": drawing.compare_transformer_with_peer,
    "drawing-workers": sharding.compare_two_workers,
    "sharpness": curvature.compare_sharpness,
    "training-batch-1": training.compare_at_batch_1,
    "training-batch-64": training.compare_at_batch_64,
    "study-memory": landscapes.measure_memory,
}
"""Every benchmark that needs no GPU by its name; its docstring says what it measures."""

ALL = BENCHMARKS | gpu.GPU_BENCHMARKS

GROUPS = {
    "gpu": list(gpu.GPU_BENCHMARKS),
    "capacity": [name for name in BENCHMARKS if name.startswith("capacity-")],
}
"""Benchmarks that a name stands for together."""

REFUSED = 2
"""The exit status where a benchmark cannot run on this machine."""

BUSY = 0.25
"""Other processes that want to run, for each core: with more, times say little."""

LINE = "{:<22}{:<27}{:<42}{:>9}  {:<10}{}"


def main() -> int:
    """Run the benchmarks that were asked for; return 1 if one of them misses its goal."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=f"{__doc__} The exit status is 1 if a goal is missed.",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*ALL, *GROUPS],
        default=list(BENCHMARKS),
        metavar="NAME",
        help=f"run only these: {', '.join([*ALL, *GROUPS])}; without, all but those of a GPU",
    )
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the results there as well")
    options = parser.parse_args()
    names = [name for given in options.only for name in GROUPS.get(given, [given])]
    if not gpu.GPU_BENCHMARKS.keys().isdisjoint(names):
        obstacle = gpu.find_obstacle()
        if obstacle is not None:
            print(obstacle, file=sys.stderr)
            return REFUSED

    machine = describe_machine()
    load = " ".join(f"{value:.2f}" for value in machine["load"])
    print(f"{machine['platform']}, {machine['processor']}, {machine['cores']} cores, load {load}")
    if machine["load"][0] > BUSY * machine["cores"]:
        print("WARNING: the machine is busy, and these numbers are of little worth.")
    print("Medians, with the quartiles in brackets.\n")
    print(LINE.format("", "ours", "peer", "ratio", "goal", ""))
    results: dict[str, Result] = {}
    for name in names:
        results[name] = ALL[name]()
        print(format_line(name, results[name]), flush=True)
    print()
    for name, result in results.items():
        print(f"{name}: {ALL[name].__doc__} {result.note}".rstrip())
    if options.json:
        described = {name: describe(name, result) for name, result in results.items()}
        report = {"machine": machine, "benchmarks": described}
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return 0 if all(result.is_met for result in results.values()) else 1


def describe_machine() -> dict[str, Any]:
    """Return what the numbers depend on, and how busy the machine was before."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "processor": read_processor(),
        "cores": os.cpu_count() or 1,
        "load": os.getloadavg(),
    }


def read_processor() -> str:
    """Return the name of the processor's model, as far as the system tells it."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        found = re.search(r"^model name\s*: (.+)$", described.read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or "unknown processor"


def describe(name: str, result: Result) -> dict[str, Any]:
    """Return a result as JSON has it."""
    return {"measures": ALL[name].__doc__, **result.describe()}


def format_line(name: str, result: Result) -> str:
    """Return a result as the table has it."""
    return LINE.format(
        name,
        str(result.ours),
        f"{result.peer_name} {result.peer}" if result.peer else "",
        "" if result.ratio is None else f"{significant(result.ratio)}×",
        str(result.goal or "—"),
        "" if result.goal is None else "met" if result.is_met else "MISSED",
    )


if __name__ == "__main__":
    sys.exit(main())
