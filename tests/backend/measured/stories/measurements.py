"""What the stories' tests ask the API, how they read its answers, and how they compare."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from scipy.stats import qmc

from descent_atlas.measured.stories.story import Row, Story, View

SCORED = None
"""The starts from which the sweep scores optimizers, instead of a grid."""

MAP = 100
"""Starts along each side of a map of basins."""

PATHS = 20
"""Starts along each side where paths are followed, or descents are long."""

SHARE_TOLERANCE = 0.005
"""Another C library's last digits move the starts at the edges of basins, and more where descents
are chaotic. All other numbers must agree to the digits that are published."""

Start = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one optimizer's descents end: an array has one element a start.

    `depth` is the value of the minimum reached and `steps` the step of arrival there; both are
    infinite where there is none.
    """

    label: NDArray[np.int64]
    reached: NDArray[np.bool_]
    depth: NDArray[np.float64]
    steps: NDArray[np.float64]

    @property
    def arrived(self) -> NDArray[np.bool_]:
        return self.steps < np.inf


Claim = Callable[[Mapping[str, Outcome]], NDArray[np.bool_]]


class Api:
    """The API."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._known: dict[str, dict[str, Outcome]] = {}
        self._objectives = {
            objective["id"]: objective
            for objective in client.get("/api/v1/objectives").json()["objectives"]
        }

    def opening(self, objective: str) -> Start:
        """Where the page opens an objective."""
        start = self._objectives[objective]["start"]
        return start["x"], start["y"]

    def axes(self, objective: str, count: int) -> dict[str, dict[str, float]]:
        """The middles of `count` equal parts of each side of the domain."""
        axes = {}
        for name, ends in self._objectives[objective]["domain"].items():
            half = (ends["max"] - ends["min"]) / (2 * count)
            axes[name] = {"min": ends["min"] + half, "max": ends["max"] - half, "count": count}
        return axes

    def starts(self, objective: str, count: int | None) -> list[Start]:
        """The same grid as points, in the order of a basin map's elements.

        Without a count, the starts from which the sweep scores optimizers.
        """
        if count is None:
            domain = self._objectives[objective]["domain"].values()
            unit = qmc.Sobol(2, rng=0).random(2048)
            low, high = ([ends[end] for ends in domain] for end in ("min", "max"))
            return [(float(x), float(y)) for x, y in qmc.scale(unit, low, high)]
        x, y = (
            np.linspace(axis["min"], axis["max"], count)
            for axis in self.axes(objective, count).values()
        )
        return [(float(start_x), float(start_y)) for start_y in y for start_x in x]

    def map(self, view: View, count: int | None) -> dict[str, Outcome]:
        """How the descents of a view's optimizers end, from a grid of starts.

        Without a count, from the starts from which the sweep scores optimizers, one by one.
        """
        if count is None:
            return self._end_from_each(view)
        answer = self._post("basins", view, **self.axes(view["objective"], count))
        return {
            basins["optimizer"]: _read(
                answer["minima"], decode(basins["labels"]), decode(basins["steps"])
            )
            for basins in answer["basins"]
        }

    def _end_from_each(self, view: View) -> dict[str, Outcome]:
        key = json.dumps({**view, "start": None, "basins": None})
        if key not in self._known:
            singles = [self.end(view, start) for start in self.starts(view["objective"], None)]
            self._known[key] = {
                id: Outcome(
                    **{
                        part: np.concatenate([getattr(single[id], part) for single in singles])
                        for part in ("label", "reached", "depth", "steps")
                    }
                )
                for id in singles[0]
            }
        return self._known[key]

    def end(self, view: View, start: Start) -> dict[str, Outcome]:
        """How they end from one start."""
        answer = self._post("descents", view, start={"x": start[0], "y": start[1]})
        return {
            descent["optimizer"]: _read(
                answer["minima"],
                np.array([-1 if descent["minimum"] is None else descent["minimum"]]),
                np.array([-1 if descent["arrival"] is None else descent["arrival"]]),
            )
            for descent in answer["descents"]
        }

    def descend(
        self, view: View, start: Start, optimizers: Sequence[Mapping[str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        """The descents from one start; `path` holds the points, `goal` the minimum, as x + iy."""
        changes: dict[str, Any] = {} if optimizers is None else {"optimizers": optimizers}
        answer = self._post("descents", view, start={"x": start[0], "y": start[1]}, **changes)
        for descent in answer["descents"]:
            descent["path"] = decode(descent["x"]) + 1j * decode(descent["y"])
            if descent["minimum"] is not None:
                goal = answer["minima"][descent["minimum"]]
                descent["goal"] = goal["x"] + 1j * goal["y"]
        return list(answer["descents"])

    def surface(self, view: View, x: Sequence[float], y: Sequence[float]) -> NDArray[np.float64]:
        """The objective at three points along each axis, as z[y, x]."""
        answer = self._post(
            "surfaces",
            view,
            x={"min": x[0], "max": x[1], "count": 3},
            y={"min": y[0], "max": y[1], "count": 3},
        )
        return decode(answer["z"])

    def _post(self, route: str, view: View, **fields: Any) -> Any:
        body: dict[str, Any] = {
            "objective": {"id": view["objective"], "parameters": view["parameters"]}
        }
        if route != "surfaces":
            body |= {"optimizers": view["optimizers"], "noise": view["noise"]}
        response = self._client.post(f"/api/v1/{route}", json=body | fields)
        assert response.status_code == 200, response.text
        return response.json()


def decode(array: Mapping[str, str]) -> NDArray[Any]:
    """Read an array as it travels."""
    numbers = np.frombuffer(b64decode(array["bdata"]), "<" + array["dtype"])
    return numbers.reshape([int(length) for length in array["shape"].split(",")])


def _read(
    minima: Sequence[Mapping[str, Any]], labels: NDArray[Any], steps: NDArray[Any]
) -> Outcome:
    label = labels.ravel().astype(np.int64)
    reached = np.zeros(label.shape, dtype=bool)
    depth = np.full(label.shape, np.inf)
    for index, minimum in enumerate(minima):
        depth[label == index] = minimum["value"]
        reached[label == index] = minimum["global"]
    arrival = np.where(steps.ravel() < 0, np.inf, steps.ravel())
    return Outcome(label=label, reached=reached, depth=depth, steps=arrival)


def rows_of(story: Story) -> Iterator[tuple[Row, View]]:
    """Each row with the view that its numbers were measured in."""
    for row in story["table"]["rows"]:
        yield row, row["view"] or story["view"]


def agree(story: Story, row: Row, measured: list[float | None]) -> bool:
    """Tell whether a row says what was measured, one number a column."""
    for column, published, value in zip(
        story["table"]["columns"], row["values"], measured, strict=True
    ):
        tolerance = SHARE_TOLERANCE if column["unit"] == "share" else 0.0
        if published is None or value is None:
            if published is not value:
                return False
        elif abs(published - value) > tolerance:
            return False
    return True


def share(shows: NDArray[np.bool_]) -> float:
    """The share of the starts that show something."""
    return float(shows.mean())


def start_of(view: View) -> Start:
    """Where a view opens."""
    return view["start"]["x"], view["start"]["y"]


def is_opened_by_rule(
    api: Api, view: View, count: int | None, claim: Claim, shows: NDArray[np.bool_]
) -> bool:
    """Tell whether a view opens where its claim can be seen, as near as possible to the default.

    `shows` is the claim for each start; if none shows it, the view opens at the default start.
    """
    opening, start = api.opening(view["objective"]), start_of(view)
    if not shows.any() or claim(api.end(view, opening)).item():
        return start == opening
    showing = np.array(api.starts(view["objective"], count))[shows]
    nearest = np.hypot(*(showing - opening).T).min()
    return bool(
        claim(api.end(view, start)).item()
        and abs(np.hypot(start[0] - opening[0], start[1] - opening[1]) - nearest) < 1e-3
    )


def is_agreed(ends: Mapping[str, Outcome]) -> NDArray[np.bool_]:
    """Tell for each start whether all optimizers end at the same minimum."""
    first, *others = ends.values()
    return np.asarray(np.all([first.label == other.label for other in others], axis=0))
