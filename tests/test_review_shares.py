"""Reviews of mixes: when shares are doubtful, and a mix taken as one step between draft and final."""

from datetime import date
from pathlib import Path

import pytest

from planner.review.file import Reviewer
from planner.review.settings import ReviewSettings
from pricing.problems import Problem

GOOD = Path("tests/corpus/review/good.yaml").read_text("utf-8")
FINAL = "{name: final, task: TEXT_IMAGE, model: stability.sd3-5-large-v1:0}"
DRAFT = "{name: draft, task: TEXT_IMAGE, model: stability.stable-image-core-v1:1, candidates: 3}"
SD35, CORE, ULTRA = "sd3-5-large-v1:0", "stable-image-core-v1:1", "stable-image-ultra-v1:1"


def stage(name: str, share: str, model: str = SD35, more: str = "") -> str:
    return f"{{name: {name}, task: TEXT_IMAGE, model: stability.{model}, share_pct: {share}{more}}}"


def reviewed(*stages: str) -> list[Problem]:
    """What a review finds with other stages in the good file, shares and drafts alone."""
    lines = "".join(f"      - {each}\n" for each in stages)
    text = GOOD.replace(f"      - {DRAFT}\n      - {FINAL}\n", lines)
    assert text != GOOD
    found = Reviewer(date(2026, 10, 20), ReviewSettings()).review_source(text, "test.yaml").findings
    assert {each.code for each in found if each.severity == "error"} <= {"expect"}
    return [
        each for each in found if each.code in ("shares-not-whole", "draft-dearer", "candidates-unneeded")
    ]


@pytest.mark.parametrize(
    "shares",
    [
        ["30", "70"],
        ["33.4", "33.3", "33.3"],
        ["30", "70", "20", "80"],
        ["100", "100"],
        ["10"],
    ],
)
def test_shares_that_make_the_whole_or_stand_alone_are_no_finding(shares: list[str]) -> None:
    stages = [stage(f"final {number}", share) for number, share in enumerate(shares)]
    assert reviewed(DRAFT, *stages) == []


def test_a_stage_that_every_asset_takes_or_another_task_ends_a_mix() -> None:
    """Ten percent get a variant, all get the final, twenty percent another variant: none is an alternative."""
    cut_out = (
        "{name: cut out, task: BACKGROUND_REMOVAL, model: stability.stable-image-remove-background-v1:0}"
    )
    assert reviewed(stage("one", "10"), FINAL, stage("two", "20"), cut_out, stage("three", "5")) == []


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (["30", "60"], "final 0 (30 %) and final 1 (60 %) take 90 % of the assets together"),
        (["30", "70", "0.5"], "final 0 (30 %), final 1 (70 %) and final 2 (0.5 %) take 100.5 % of the"),
        (["60", "60"], "final 0 (60 %) and final 1 (60 %) take 120 % of the assets together"),
        (["10"] * 9, "final 0 (10 %), final 1 (10 %) and 7 more take 90 % of the assets together"),
    ],
)
def test_shares_side_by_side_that_miss_the_whole_are_told_at_the_first(
    shares: list[str], message: str
) -> None:
    (problem,) = reviewed(DRAFT, *(stage(f"final {number}", share) for number, share in enumerate(shares)))
    assert (problem.code, problem.where) == ("shares-not-whole", "pipelines[0].stages[1].share_pct")
    assert problem.message.startswith(message)


def test_a_draft_is_dearer_when_it_costs_more_than_the_dearest_of_its_finals() -> None:
    """SD3.5 at $0.08 drafts for Ultra at $0.14 and Core at $0.04: fine; Ultra drafts for SD3.5 and Core: dearer."""
    draft = DRAFT.replace(CORE, SD35)
    assert reviewed(draft, stage("final a", "30", ULTRA), stage("final b", "70", CORE)) == []
    dear = DRAFT.replace(CORE, ULTRA)
    (problem,) = reviewed(dear, stage("final a", "30", CORE), stage("final b", "70", SD35))
    assert problem.message == "draft costs $0.14 an image, more than final b, which costs $0.08"


def test_stages_of_a_mix_are_not_drafts_of_one_another() -> None:
    """The first makes more candidates and is dearer, as a premium quality may be."""
    assert reviewed(stage("premium", "30", ULTRA, ", candidates: 4"), stage("standard", "70", CORE)) == []
