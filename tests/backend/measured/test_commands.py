"""The commands that measure: `descent-atlas sweep` and `descent-atlas stories`."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from descent_atlas import cli
from descent_atlas.measured import stories as shipped_stories
from descent_atlas.measured import sweep, sweep_measures
from descent_atlas.measured.stories import story_measures
from descent_atlas.measured.stories.story import Story
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer

Cells = dict[tuple[str, str], sweep.SweepCell]


@pytest.fixture
def rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the table of rates, in the place of the committed one."""
    path = tmp_path / "learning_rates.json"
    path.write_bytes(sweep.TABLE.read_bytes())
    monkeypatch.setattr(sweep, "TABLE", path)
    sweep.load_sweep.cache_clear()
    yield path
    sweep.load_sweep.cache_clear()


@pytest.fixture
def stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the table of stories, in the place of the committed one."""
    path = tmp_path / "stories.json"
    path.write_bytes(shipped_stories.TABLE.read_bytes())
    monkeypatch.setattr(shipped_stories, "TABLE", path)
    shipped_stories.load_stories.cache_clear()
    yield path
    shipped_stories.load_stories.cache_clear()


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The cells that a sweep tunes; at the rate found each arrives from every start.

    At all other rates descents arrive from the starts up to 100 times the rate, 2,000 at most.
    """
    pairs = []

    def tune(
        objective: Objective, optimizer: Optimizer, executor: Executor
    ) -> sweep_measures.Choice:
        pairs.append((objective.id, optimizer.id))
        return sweep_measures.Choice(
            0.5,
            True,
            sweep.SweepTuned(arrived=400, descents=400, distance=0.0, good_low=0.5, good_high=0.5),
        )

    def score(
        objective: Objective, optimizer: Optimizer, lr: float, executor: Executor
    ) -> sweep_measures.Score:
        starts = np.arange(2048)
        return sweep_measures.Score(starts < (2048 if lr == 0.5 else min(100 * lr, 2000)), 7.0)

    monkeypatch.setattr(sweep_measures, "tune", tune)
    monkeypatch.setattr(sweep_measures, "score", score)
    return pairs


def read_cells(path: Path) -> Cells:
    cells: list[sweep.SweepCell] = json.loads(path.read_text())["cells"]
    return {(cell["objective"], cell["optimizer"]): cell for cell in cells}


def edit_table(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))


def test_one_cell_measured_by_the_command_leaves_the_committed_table_as_it_is(
    rates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rates.read_bytes()
    cli.main(["sweep", "--optimizer", "gd", "--objective", "saddle"])
    assert rates.read_bytes() == before
    progress, result = capsys.readouterr().out.splitlines()
    assert progress == f"saddle: tuned 1 of {len(OPTIMIZERS)} optimizers"
    assert result.startswith(f"Wrote {rates} (")


def test_a_partial_sweep_keeps_the_other_cells_and_ranks_all_again(
    rates: Path, measured: list[tuple[str, str]]
) -> None:
    before = read_cells(rates)
    cli.main(["sweep", "--optimizer", "yellowfin", "--objective", "himmelblau"])
    after = read_cells(rates)
    assert measured == [("himmelblau", "yellowfin")]
    assert list(after) == list(before)
    assert after["himmelblau", "yellowfin"]["rank"] == 1
    for pair, cell in after.items():
        if pair[0] != "himmelblau":
            assert cell == before[pair]
        elif pair not in measured:
            assert all(cell[key] == before[pair][key] for key in ("lr", "works", "tuned"))
    ranks = [cell["rank"] for pair, cell in after.items() if pair[0] == "himmelblau"]
    assert ranks.count(1) == 1
    assert ranks != [cell["rank"] for pair, cell in before.items() if pair[0] == "himmelblau"]


def test_without_options_a_sweep_measures_every_cell(
    rates: Path, measured: list[tuple[str, str]]
) -> None:
    cli.main(["sweep"])
    assert measured == [(objective, id) for objective in OBJECTIVES for id in OPTIMIZERS]


def test_an_option_takes_several_ids_and_may_be_repeated(
    rates: Path, measured: list[tuple[str, str]]
) -> None:
    words = ["--optimizer", "gd", "sgd", "--optimizer", "adam", "--objective", "beale"]
    cli.main(["sweep", *words])
    assert measured == [("beale", "gd"), ("beale", "sgd"), ("beale", "adam")]


def test_cells_that_the_table_lacks_are_measured_in_any_case(
    rates: Path, measured: list[tuple[str, str]]
) -> None:
    new = [("beale", "lion"), ("ackley", "gd")]

    def remove(table: dict[str, Any]) -> None:
        table["cells"] = [
            cell for cell in table["cells"] if (cell["objective"], cell["optimizer"]) not in new
        ]

    edit_table(rates, remove)
    cli.main(["sweep", "--optimizer", "adam", "--objective", "saddle"])
    assert measured == [*new, ("saddle", "adam")]


@pytest.mark.parametrize(
    "change",
    [{"budget": 500}, {"rule": "the best"}, {"tuning": {"rates": [0.1]}}, {"noise": {"std": 2.0}}],
)
def test_a_table_of_other_settings_is_measured_whole(
    change: dict[str, Any], rates: Path, measured: list[tuple[str, str]]
) -> None:
    edit_table(rates, lambda table: table.update(change))
    cli.main(["sweep", "--optimizer", "adam"])
    assert len(measured) == len(OBJECTIVES) * len(OPTIMIZERS)


def test_named_stories_are_measured_and_the_others_kept(
    stories: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before: list[Story] = json.loads(stories.read_text())["stories"]
    changed: Story = {**before[1], "share": 0.125}
    first, second, *_ = story_measures.MEASURES
    measures = {**story_measures.MEASURES, second: lambda executor: changed}
    monkeypatch.setattr(story_measures, "MEASURES", measures)
    cli.main(["stories", second])
    after = json.loads(stories.read_text())["stories"]
    assert after == [before[0], changed, *before[2:]]
    assert first == before[0]["id"]
    assert capsys.readouterr().out.splitlines()[0] == f"{second}: measured"


def test_a_story_that_the_table_lacks_is_measured_in_any_case(
    stories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking, named, *_ = story_measures.MEASURES
    whole = json.loads(stories.read_text())["stories"]
    by_id = {story["id"]: story for story in whole}
    edit_table(stories, lambda table: table["stories"].pop(0))
    shipped_stories.load_stories.cache_clear()
    measures = {id: lambda _, id=id: by_id[id] for id in story_measures.MEASURES}
    monkeypatch.setattr(story_measures, "MEASURES", measures)
    cli.main(["stories", named])
    assert json.loads(stories.read_text())["stories"] == whole
    assert whole[0]["id"] == lacking


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["sweep", "--optimizer", "adam", "adamx"],
            f"Unknown optimizer adamx. Known are: {', '.join(OPTIMIZERS)}.",
        ),
        (
            ["sweep", "--objective", "Beale", "bowl"],
            f"Unknown objective Beale, bowl. Known are: {', '.join(OBJECTIVES)}.",
        ),
        (
            ["stories", "spiral"],
            f"Unknown story spiral. Known are: {', '.join(story_measures.MEASURES)}.",
        ),
    ],
    ids=["optimizer", "objective", "story"],
)
def test_an_unknown_id_is_refused_with_the_known_ones(
    words: list[str],
    message: str,
    rates: Path,
    stories: Path,
    measured: list[tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = rates.read_bytes(), stories.read_bytes()
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == cli.INVALID
    assert capsys.readouterr().err.splitlines() == [message]
    assert (rates.read_bytes(), stories.read_bytes(), measured) == (*before, [])


def interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def test_an_interrupted_sweep_writes_nothing(
    rates: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tune = sweep_measures.tune
    before = rates.read_bytes()

    def tune_the_first(
        objective: Objective, optimizer: Optimizer, executor: Executor
    ) -> sweep_measures.Choice:
        return tune(objective, optimizer, executor) if optimizer.id == "gd" else interrupt()

    monkeypatch.setattr(sweep_measures, "tune", tune_the_first)
    with pytest.raises(SystemExit) as ended:
        cli.main(["sweep", "--objective", "saddle"])
    assert ended.value.code == cli.INTERRUPTED
    assert capsys.readouterr().err == f"Interrupted. {rates} is unchanged.\n"
    assert rates.read_bytes() == before
    assert [path.name for path in rates.parent.iterdir()] == [rates.name]


def test_interrupted_stories_write_nothing(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stories.read_bytes()
    measures = dict.fromkeys(story_measures.MEASURES, interrupt)
    monkeypatch.setattr(story_measures, "MEASURES", measures)
    with pytest.raises(SystemExit) as ended:
        cli.main(["stories"])
    assert ended.value.code == cli.INTERRUPTED
    assert stories.read_bytes() == before


def test_a_table_that_cannot_be_written_ends_the_command_with_the_reason(
    rates: Path,
    measured: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweep.load_sweep()
    path = rates.parent / "gone" / rates.name
    monkeypatch.setattr(sweep, "TABLE", path)
    with pytest.raises(SystemExit) as ended:
        cli.main(["sweep", "--optimizer", "gd"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"Cannot write {path}: No such file or directory.\n"


def test_the_server_starts_without_loading_what_measures() -> None:
    code = "import sys; from descent_atlas import cli; print(*sys.modules)"
    modules = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert "descent_atlas.web.app" in modules
    assert "descent_atlas.measured.stories.story_measures" not in modules
    assert "descent_atlas.measured.sweep_measures" not in modules
    assert "scipy.stats" not in modules
