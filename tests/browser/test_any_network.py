"""Landscapes of a stranger's networks in the browser: gallery, landscape, profile, About."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.backend.landscapes.network_samples import ABOUT, NOTE, write_networks
from tests.backend.landscapes.study_samples import write_study
from tests.browser.conftest import OpenLandscapes, OpenPage, SharePage
from tests.browser.landscape_view import IS_DRAWN
from tests.browser.landscapes import Landscapes
from tests.browser.painting import read_painting
from tests.browser.test_accessibility import AUDIT, AXE, DARK, PHONE
from tests.browser.views import DRAWING_NOTES
from tests.servers import run_server

FOREIGN = ["decays", "seeds", "around", "joined", "way", "none-pca"]
"""The ids of the stranger's landscapes."""

IS_STAGE_DRAWN = """() =>
  document.querySelector("#landscape .stage:not(.moving) > .lines .xtick text")"""

IS_PROFILE_DRAWN = """() => {
  const charts = [...document.querySelectorAll("#profile .profile-chart")];
  return charts.length > 0 && charts.every((chart) => chart.querySelector(".xtick text"));
}"""


@pytest.fixture(scope="module")
def networks_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of a stranger's landscapes."""
    folder = tmp_path_factory.mktemp("networks") / "mine"
    write_networks(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


@pytest.fixture(scope="module")
def both_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of two folders: the stranger's landscapes, and the paper's."""
    root = tmp_path_factory.mktemp("both")
    write_networks(root / "mine")
    write_study(root / "paper")
    with run_server(landscapes_folder=f"{root / 'mine'},{root / 'paper'}") as url:
        yield url


@pytest.fixture
def gallery(share_page: SharePage, both_server: str) -> Landscapes:
    """The gallery of both folders."""
    return share_page("/landscapes", Landscapes, at=both_server)


def test_studies_stand_apart_with_their_own_titles_and_texts(gallery: Landscapes) -> None:
    studies = gallery.page.locator("#cards .study")
    assert studies.locator("h2").all_inner_texts() == [
        ABOUT["title"],
        "mine",
        "A visual analysis of optimization algorithms",
    ]
    expect(studies.first).to_contain_text(ABOUT["text"])
    expect(studies.last).to_contain_text("Andrea Cerutti’s report")
    lead = gallery.gallery.locator(".lead")
    expect(lead).not_to_contain_text("paper")


def test_each_landscape_of_a_stranger_has_a_card_of_its_own(gallery: Landscapes) -> None:
    studies = gallery.page.locator("#cards .study")
    ids = [
        card.get_attribute("data-id")
        for study in studies.all()[:2]
        for card in study.locator(".card").all()
    ]
    assert sorted(map(str, ids)) == sorted(FOREIGN)
    headings = studies.first.locator(".heading").all_inner_texts()
    assert headings == [
        "Shared plane · 3 runs",
        "Shared plane · 12 runs",
        "Random plane",
        "PCA plane",
    ]
    # The paper's own planes stand within the cards of its figures, as before.
    assert studies.last.locator(".card").count() == 6


def test_a_search_leaves_what_it_finds_and_stands_in_the_link(
    gallery: Landscapes, open_landscapes: OpenLandscapes, both_server: str
) -> None:
    field = gallery.page.get_by_role("searchbox", name="Search the landscapes")
    field.press_sequentially("decay plane")
    gallery.rest()
    shown = [card.get_attribute("data-id") for card in gallery.cards.all()]
    assert set(shown) == {"decays", "none-pca", "seeds", "around"}
    expect(gallery.page.locator("#found")).to_have_text(re.compile(r"^4 of \d+$"))
    gallery.wait_until(lambda: gallery.query() == {"find": "decay plane"})
    field.fill("nowhere to be found")
    expect(gallery.page.locator(".nothing-found")).to_be_visible()
    again = open_landscapes("?find=sgd-pca", at=both_server)
    expect(again.page.get_by_role("searchbox")).to_have_value("sgd-pca")
    assert [card.get_attribute("data-id") for card in again.cards.all()] == ["sgd-pca"]


def test_among_one_landscape_nothing_is_searched(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    def keep_one(route: Route) -> None:
        answer = route.fetch()
        catalog = answer.json()
        route.fulfill(response=answer, json=catalog | {"landscapes": catalog["landscapes"][:1]})

    gallery = open_landscapes(
        at=networks_server, prepare=lambda page: page.route("**/api/v1/landscapes", keep_one)
    )
    expect(gallery.page.locator(".study-head")).to_contain_text("1 landscape.")
    expect(gallery.page.get_by_role("searchbox")).to_have_count(0)


def open_view(open_landscapes: OpenLandscapes, url: str, query: str, **options: Any) -> Landscapes:
    """Open one landscape, and wait until it is drawn."""
    landscapes = open_landscapes(query, at=url, **options)
    landscapes.page.wait_for_function(IS_STAGE_DRAWN)
    landscapes.rest()
    return landscapes


def test_runs_are_called_by_their_own_labels(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    view = open_view(open_landscapes, networks_server, "?show=decays")
    view.page.wait_for_function(IS_DRAWN)
    circles = view.landscape.locator(".circle .label")
    assert circles.all_inner_texts() == ["no decay", "decay 0.0001", "decay 0.01"]
    names = view.landscape.locator(".shares .name")
    assert names.all_inner_texts() == ["no decay", "decay 0.0001", "decay 0.01"]
    planes = view.landscape.get_by_role("combobox", name="Plane").locator("option")
    assert planes.all_inner_texts() == [
        "Three weight decays",
        "Twelve seeds of one training",
        "Around one network",
        "no decay: PCA plane",
    ]
    expect(view.landscape.locator("p.back")).to_contain_text(ABOUT["title"])


def test_a_metric_of_which_less_is_better_says_so_and_no_accuracy_is_shown(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    view = open_view(open_landscapes, networks_server, "?show=decays")
    metrics = view.landscape.get_by_role("group", name="Metric", exact=True)
    assert metrics.get_by_role("button").all_inner_texts() == ["Loss", "Top-5 error"]
    metrics.get_by_role("button", name="Top-5 error").click()
    legend = view.landscape.locator(".landscape-legend")
    expect(legend).to_contain_text("The colours show top-5 error: lower is better.")
    expect(view.landscape.locator(".color-scale")).to_contain_text("%")
    assert view.query()["metric"] == "error"
    titles = view.landscape.locator(".landscape-chart:visible h2").all_inner_texts()
    assert titles == ["Training loss (nats)"]
    expect(view.landscape).not_to_contain_text("ccuracy", use_inner_text=True)
    expect(view.landscape).not_to_contain_text("Test set", use_inner_text=True)


def test_a_landscape_without_a_path_shows_none(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    view = open_view(open_landscapes, networks_server, "?show=around")
    for hidden in (".circle-bar", ".playing", ".charts h2", ".plane-fidelity"):
        expect(view.landscape.locator(hidden).first).to_be_hidden()
    for choice in ("Metric", "Surface"):
        expect(view.landscape.get_by_role("group", name=choice, exact=True)).to_have_count(0)
    expect(view.landscape.locator(".landscape-legend")).to_contain_text(
        "All 4,096 tokens, 4,096 samples: loss 1.000 to 3.500"
    )
    facts = view.landscape.get_by_role("region", name="How it was evaluated")
    expect(facts).to_contain_text("output_loss (nats)")
    expect(facts).to_contain_text("weighted by causal_tokens")
    # Space plays nothing.
    view.landscape.locator(".stage").press("Space")


def test_twelve_runs_are_told_apart(open_landscapes: OpenLandscapes, networks_server: str) -> None:
    view = open_view(open_landscapes, networks_server, "?show=seeds")
    circles = view.landscape.locator(".circle")
    expect(circles).to_have_count(12)
    looks = circles.evaluate_all(
        "all => all.map(e => `${e.style.getPropertyValue('--color')} ${e.dataset.pattern}`)"
    )
    assert len(set(looks)) == 12
    assert {look.split(" ")[-1] for look in looks} == {"solid", "dash"}
    # What is told of each of so many unfolds.
    shares = view.landscape.locator(".shares li")
    expect(shares).to_have_count(12)
    expect(shares.first.locator(".meaning").first).to_be_hidden()
    shares.first.locator("summary").click()
    expect(shares.first.locator(".meaning").first).to_be_visible()
    circles.last.click()
    expect(circles.last).to_have_attribute("aria-pressed", "false")
    assert view.query()["off"] == "seed-11"


def test_joined_networks_have_names_and_the_rule_of_their_buffers(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    view = open_view(open_landscapes, networks_server, "?show=joined")
    # Of its study this is the only plane: there is none to choose.
    expect(view.landscape.get_by_role("combobox", name="Plane")).to_have_count(0)
    ends = view.landscape.get_by_role("region", name="The networks joined")
    assert ends.locator("dt").all_inner_texts() == ["a.pt", "b.pt", "c.safetensors"]
    expect(ends).to_contain_text("loss 1.000; with its own buffers 0.7500")
    facts = view.landscape.get_by_role("region", name="How it was evaluated")
    expect(facts).to_contain_text("Recalibrated: computed anew at each point from 8 batches.")
    expect(facts).to_contain_text("batches are taken as given")
    expect(facts).to_contain_text("400 of 1,210 vary, those named layer4.*; 10 are frozen")
    expect(view.landscape.locator(".landscape-legend")).to_contain_text(
        "The plane through a.pt, b.pt and c.safetensors"
    )


class Profile(Landscapes):
    """A page on which a profile is open."""

    def rest(self) -> None:
        """Wait until the profile is drawn."""
        super().rest()
        self.page.wait_for_function(IS_PROFILE_DRAWN)


@pytest.fixture
def profile(share_page: SharePage, networks_server: str) -> Landscapes:
    """The profile, drawn."""
    return share_page("/landscapes?show=way", Profile, at=networks_server)


def test_a_profile_shows_its_metrics_barrier_and_note(profile: Landscapes) -> None:
    root = profile.page.locator("#profile")
    expect(root.get_by_role("heading", level=1)).to_have_text("From a.pt to b.pt")
    titles = root.locator(".profile-chart h2").all_inner_texts()
    assert titles == ["Loss (nats)", "Top-5 error (lower is better)"]
    barrier = root.get_by_role("region", name="The barrier")
    expect(barrier).to_contain_text("The barrier is 0.5000 high, at t = 0.50")
    expect(barrier).to_contain_text(NOTE)
    expect(root.get_by_role("img").first).to_have_accessible_name(
        "loss along the segment, barrier 0.5000 at t = 0.50"
    )
    for canvas in root.locator(".profile-chart canvas").all():
        assert (read_painting(canvas).pixels[:, :, 3] > 0).any()


def test_a_profile_is_read_under_the_pointer_and_exported(profile: Landscapes) -> None:
    page, root = profile.page, profile.page.locator("#profile")
    chart = root.locator(".profile-chart .loss").first
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator(".readout")).to_have_text(re.compile(r"^t = 0\.\d+: loss 1\.\d+$"))
    root.get_by_role("button", name="Log", exact=True).click()
    assert profile.query() == {"show": "way", "chart": "log"}
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as event:
        page.get_by_role("group", name="Profile", exact=True).get_by_role(
            "button", name="CSV", exact=True
        ).click()
    rows = event.value.path().read_text().splitlines()
    assert rows[0] == "t,loss,error" and rows[11] == "0.5,1.75,0.5"
    with page.expect_download() as event:
        page.get_by_role("group", name="Picture", exact=True).get_by_role(
            "button", name="SVG", exact=True
        ).click()
    assert "From a.pt to b.pt" in event.value.path().read_text()


def test_a_card_opens_a_profile_and_the_way_back_leads_to_the_gallery(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    landscapes = open_landscapes(at=networks_server)
    landscapes.link("way").click()
    profile = landscapes.page.locator("#profile")
    expect(profile).to_be_visible()
    expect(profile.get_by_role("heading", level=1)).to_be_focused()
    profile.get_by_role("link", name="All landscapes").click()
    expect(landscapes.gallery).to_be_visible()
    expect(profile).to_be_hidden()


def test_exported_json_holds_what_was_evaluated_how(
    open_landscapes: OpenLandscapes, networks_server: str
) -> None:
    page = open_view(open_landscapes, networks_server, "?show=joined").page
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as event:
        page.get_by_role("group", name="Trajectories", exact=True).get_by_role(
            "button", name="JSON", exact=True
        ).click()
    content = json.loads(event.value.path().read_text())
    assert content["evaluation"]["buffers"]["policy"] == "recalibrated"
    assert [end["label"] for end in content["ends"]] == ["a.pt", "b.pt", "c.safetensors"]


def test_about_says_nothing_of_the_paper_where_it_is_not(
    open_page: OpenPage, networks_server: str
) -> None:
    page, watch = open_page("/about", at=networks_server)
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    expect(page.locator("#claims")).to_be_hidden()
    expect(page.get_by_role("link", name="Claims")).to_be_hidden()
    expect(page.locator("main")).not_to_contain_text("Cerutti", use_inner_text=True)
    expect(page.locator("main")).not_to_contain_text("learns to name", use_inner_text=True)
    expect(page.locator("#training-figure")).to_contain_text("1,210 parameters")
    assert not [request for request in watch.asked() if "claims" in request.url]


def test_about_judges_the_papers_landscapes_beside_a_strangers(
    open_page: OpenPage, both_server: str
) -> None:
    page, _ = open_page("/about", at=both_server)
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    expect(page.get_by_role("heading", name="The paper’s claims, one by one")).to_be_visible()
    link = page.locator("#claim-convergence").get_by_role("link", name="See it")
    assert link.get_attribute("href") == "landscapes?show=optimizers"


@pytest.mark.parametrize(
    ("query", "context"),
    [
        pytest.param("", {}, id="gallery"),
        pytest.param("?find=decay", PHONE | DARK, id="search, phone, dark", marks=pytest.mark.long),
        pytest.param("?show=joined", {}, id="joined"),
        pytest.param(
            "?show=seeds",
            PHONE | DARK,
            id="twelve runs, phone, dark",
            marks=pytest.mark.long,
        ),
        pytest.param("?show=way", DARK, id="profile, dark", marks=pytest.mark.long),
        pytest.param("?show=way", PHONE, id="profile, phone"),
    ],
)
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_screen(
    open_landscapes: OpenLandscapes, both_server: str, query: str, context: dict[str, Any]
) -> None:
    landscapes = open_landscapes(query, at=both_server, tolerated=DRAWING_NOTES, **context)
    landscapes.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = landscapes.page.evaluate(AUDIT)
    assert found["passed"] > 10
    assert not found["told"], "\n".join(found["told"])
    width = landscapes.page.viewport_size["width"] if landscapes.page.viewport_size else 0
    assert landscapes.page.evaluate("document.scrollingElement.scrollWidth") <= width
