"""Claims judge the paper's own data set and network, and nothing else of the same name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from descent_atlas.landscapes.claims import tell_claims
from descent_atlas.landscapes.claims.claim import Claim, ClaimVerdict
from descent_atlas.landscapes.claims.paper_study import REPEATS, is_paper
from descent_atlas.landscapes.store import LandscapeStore
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest
from tests.backend.landscapes.study_samples import write_study


def tell(*folders: Path) -> dict[str, Claim]:
    """Return the claims on the landscapes of some folders."""
    contents = LandscapeStore(*folders).read()
    assert not contents.damaged
    stored = contents.landscapes.items()
    claims = tell_claims({id: entry.landscape for id, entry in stored})
    return {claim["id"]: claim for claim in claims}


def forge(folder: Path, **changes: object) -> None:
    """Change the data set or network of every landscape of a folder."""
    for landscape in folder.iterdir():
        manifest = read_manifest(landscape)
        merged = {name: manifest[name] | value for name, value in changes.items()}
        change_manifest(landscape, **merged)


def other_images(folder: Path) -> None:
    forge(folder, dataset={"fingerprint": "0" * 64, "train": 300})


def other_layers(folder: Path) -> None:
    forge(folder, network={"options": {"sizes": [3072, 32, 10]}})


def own_network(folder: Path) -> None:
    forge(folder, network={"factory": "mine:mlp"})


def own_study(folder: Path) -> None:
    for landscape in folder.iterdir():
        change_manifest(landscape, study="mine")


def test_the_papers_landscapes_are_measured(tmp_path: Path) -> None:
    write_study(tmp_path)
    assert tell(tmp_path)["ranking"]["numbers"]


@pytest.mark.parametrize("change", [other_images, other_layers, own_network, own_study])
def test_a_stranger_with_the_papers_ids_gets_no_verdict(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    write_study(tmp_path)
    change(tmp_path)
    contents = LandscapeStore(tmp_path).read()
    assert not any(is_paper(one.landscape.manifest) for one in contents.landscapes.values())
    for claim in tell(tmp_path).values():
        assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
        assert not claim["checks"] and not claim["numbers"]


def test_a_stranger_before_the_paper_takes_neither_its_verdicts_nor_its_links(
    tmp_path: Path,
) -> None:
    stranger, paper = tmp_path / "mine", tmp_path / "paper"
    for folder in (stranger, paper):
        write_study(folder)
    other_images(stranger)
    alone, beside = tell(paper), tell(stranger, paper)
    assert {id: claim["verdict"] for id, claim in beside.items()} == {
        id: claim["verdict"] for id, claim in alone.items()
    }
    assert alone["convergence"]["link"] == "landscapes?show=optimizers"
    assert beside["convergence"]["link"] == "landscapes?show=optimizers.2"


def as_digits(folder: Path) -> None:
    digits = REPEATS[0]
    forge(
        folder,
        dataset={"fingerprint": digits.fingerprint},
        network={"options": {"sizes": list(digits.sizes)}},
    )
    for landscape in folder.iterdir():
        change_manifest(landscape, study=digits.id)


def test_what_digits_say_stands_beside_the_papers_verdict_and_changes_none(tmp_path: Path) -> None:
    paper, digits = tmp_path / "paper", tmp_path / "digits"
    for folder in (paper, digits):
        write_study(folder)
    as_digits(digits)
    alone, beside = tell(paper), tell(paper, digits)
    for id, claim in beside.items():
        [repeat] = claim["repeats"]
        assert {**claim, "repeats": []} == alone[id]
        assert (repeat["study"], repeat["images"]) == ("digits", "handwritten digits")
        assert repeat["verdict"] == claim["verdict"]  # the same numbers, by the same rules
        assert repeat["numbers"] == claim["numbers"]
    assert beside["ranking"]["repeats"][0]["link"] == "landscapes?show=digits.table-1"


def test_digits_alone_answer_nothing_for_the_paper(tmp_path: Path) -> None:
    write_study(tmp_path)
    as_digits(tmp_path)
    for claim in tell(tmp_path).values():
        assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
        assert len(claim["repeats"]) == 1
