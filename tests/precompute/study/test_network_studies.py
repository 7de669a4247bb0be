"""The studies of networks hold what their claims and chapters ask for."""

from descent_atlas.landscapes.chapters import CHAPTERS
from descent_atlas.landscapes.claims.networks import network_studies
from descent_atlas.landscapes.claims.networks.drawn_networks import name_lottery
from descent_atlas.landscapes.claims.networks.network_rules import NETWORK_RULES
from descent_atlas.landscapes.claims.networks.skip_claims import BARE, NORMALIZED
from descent_atlas.landscapes.claims.networks.transformer_claims import OPTIMIZERS, TABLE
from descent_atlas.study.study_files import find_study, read_study
from descent_atlas.training.networks import layout

LEADS = {"skips": "plain56-pca", "characters": "optimizers"}
"""The landscapes that lead the chapters on both."""


def test_the_chapters_on_both_have_these_leads() -> None:
    leads = {chapter.name: chapter.lead for chapter in CHAPTERS}
    assert (leads["skips"], leads["transformer"]) == (LEADS["skips"], LEADS["characters"])


def test_skips_draws_every_network_of_the_claims_on_the_same_images() -> None:
    study = read_study(find_study("skips"))
    assert len(study.runs) <= 10 and (study.data.train or 0) <= 10_000
    lotteries = {entry.id: entry for entry in study.lotteries}
    assert set(lotteries) == {name_lottery(id) for id in (*NORMALIZED, *BARE)}
    assert {(one.grid, one.surface, one.seed) for one in lotteries.values()} == {
        (25, "batch-256", 0)
    }
    for id in (*NORMALIZED, *BARE):
        assert lotteries[name_lottery(id)].seeds == NETWORK_RULES.surfaces.least_seeds
        assert study.list_seeds(study.find_run(id)) == [0]
        options = study.find_network(id).options
        assert options["skips"] == id.startswith("resnet")
        assert (options["normalization"] == "none") == id.endswith("-bare")
    sizes = {
        id: layout(study.find_network(id).build()).size for id in ("resnet56", "plain56", "plain20")
    }
    assert sizes["resnet56"] == sizes["plain56"] > sizes["plain20"]
    assert study.network.factory == network_studies.SKIPS.factory
    assert LEADS["skips"] in {entry.id for entry in study.expand_landscapes()}


def test_the_companion_for_a_gpu_is_of_the_published_width() -> None:
    study = read_study(find_study("skips-gpu"))
    assert (study.device, study.network.options["width"], study.data.train) == ("cuda", 1.0, None)
    assert {run.batch_size for run in study.runs} == {32, 128, 512, 1024, 8192}


def test_characters_measures_both_optimizers_at_several_rates_with_enough_seeds() -> None:
    study = read_study(find_study("characters"))
    assert study.curvature is not None and study.network.factory == (
        network_studies.CHARACTERS.factory
    )
    assert [metric.id for metric in study.metrics or []] == ["accuracy", "frequent", "rare"]
    (table,) = study.tables
    assert table.id == TABLE and {cell.run for cell in table.cells} == {
        run.id for run in study.runs
    }
    assert len(study.training.seeds) >= NETWORK_RULES.rates.least_seeds
    for optimizer in OPTIMIZERS:
        runs = [run for run in study.runs if run.optimizer == optimizer]
        rates = {run.hyperparameters["lr"] for run in runs if run.schedule is None}
        warmed = {run.hyperparameters["lr"] for run in runs if run.schedule is not None}
        assert len(rates) >= 3 and max(rates) in warmed and warmed < rates
    assert LEADS["characters"] in {entry.id for entry in study.expand_landscapes()}
