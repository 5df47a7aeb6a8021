"""The comment of a review in a real browser: what a reviewer reads, and that no name in it acts.

Markdown is rendered in GitHub's dialect and put on the page as it is, without GitHub's sanitiser: what is inert here is
inert there.
"""

from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Locator, Page

from planner.report.review_markdown import review_markdown
from planner.review.reviewed import Ignored, Review
from pricing.printable import printable
from tests.chromium import chromium_page, needs_chromium
from tests.hostile import HOSTILE
from tests.review_hostile import hostile_review
from tests.review_support import RAISED, added, broken, edited, invalid, problem, removed, review, reviewed

pytestmark = needs_chromium

REPORTS_OWN = {
    "H3", "P", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "UL", "LI", "CODE", "PRE", "STRONG", "DETAILS",
    "SUMMARY", "SUB", "BR",
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium_page(width=1012) as opened:  # as wide as a comment on GitHub
        yield opened


def shown(page: Page, review_: Review) -> Page:
    """The page after the comment is on it."""
    body = MarkdownIt("gfm-like").render(review_markdown(review_))
    page.set_content(f"<!doctype html><meta charset=utf-8><title>still</title><main>{body}</main>")
    return page


def cells(rows: Locator) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_the_headline_is_the_first_thing_read(page: Page) -> None:
    """One scenario: what moves, over how many months, and what of it the edit did."""
    shown(page, review(reviewed(), changes=[edited()]))
    assert page.locator("main > *").first.inner_text() == (
        "Bursar: list cost +$40 over 2 months (+50.0 %): scenario +$40, prices $0"
    )
    assert page.locator("main > p").first.inner_text() == (
        "out of pocket $30 -> $70; runway in months 1 -> 0; first cash month 2027-01 -> 2026-12"
    )


def test_one_scenario_shows_every_figure_that_moved(page: Page) -> None:
    """Before, after, the change, and its two causes, as the cells of one table."""
    shown(page, review(reviewed(), changes=[edited()]))
    rows = cells(page.locator("main > table tr"))
    assert rows[0] == ["figure", "before", "after", "change", "by the scenario", "by prices"]
    assert rows[1] == ["list cost", "$80", "$120", "+$40 (+50.0 %)", "+$40", "."]
    assert rows[2] == ["out of pocket", "$30", "$70", "+$40 (+133.3 %)", "+$40", "."]


def test_several_scenarios_have_a_row_each(page: Page) -> None:
    """Changed, renamed, new, removed and invalid ones are told apart."""
    changes = [
        edited(),
        edited("b.yaml", state="renamed", before_path="a.yaml"),
        added(),
        removed(),
        broken(),
    ]
    shown(page, review(reviewed(), invalid(), changes=changes))
    assert [row[:2] for row in cells(page.locator("main > table").first.locator("tbody tr"))] == [
        ["~ scenarios/a.yaml", "$80 -> $120"],
        ["~ b.yaml, was a.yaml", "$80 -> $120"],
        ["+ scenarios/new.yaml (new)", "$120"],
        ["- scenarios/old.yaml (removed)", "$80"],
        ["! scenarios/broken.yaml (not valid)", ""],
    ]


def test_details_are_closed_until_they_are_opened(page: Page) -> None:
    """Findings, lines and reasons are one click away, each under a title that counts them."""
    ignored = Ignored(problem("warning", "near-limit", 3), "until spring", 2)
    shown(page, review(reviewed(findings=[problem(), RAISED], ignored=[ignored]), changes=[edited()]))
    titles = page.locator("details > summary").all_inner_texts()
    assert titles == ["Findings: 1 error, 1 warning", "Edits", "Ignored on purpose"]
    finding = page.get_by_text("one candidate would do; write candidates: 1")
    assert not finding.is_visible()
    page.locator("summary").first.click()
    assert finding.is_visible()


def test_an_edit_is_shown_as_a_diff(page: Page) -> None:
    shown(page, review(reviewed(), changes=[edited()]))
    page.locator("summary", has_text="Edits").click()
    assert page.locator("pre").inner_text().splitlines() == [
        "- pipelines[0].assets_per_month: 1000",
        "+ pipelines[0].assets_per_month: 1500  # line 7, list cost +$40",
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_is_text_and_does_nothing(page: Page, text: str) -> None:
    """No script ran, nothing is loaded or linked, and the name stands in its cell as it was written."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    shown(page, hostile_review(text))
    page.locator("summary").evaluate_all("all => all.forEach(each => each.click())")
    assert page.title() == "still"
    assert loaded == []
    tags = set(page.locator("main *").evaluate_all("all => all.map(each => each.tagName)"))
    assert tags <= REPORTS_OWN
    first = page.locator("main > table").first.locator("tbody td").first.text_content() or ""
    assert squeezed(first) == squeezed(f"~ {cut('scenarios/' + text)}, was {cut('was/' + text)}")


def cut(path: str) -> str:
    """As much of a path as a row has room for."""
    return printable(path, 120)


def squeezed(text: str) -> str:
    return " ".join(text.split())
