"""What if: which knobs a scenario has, how far they turn, what a typed value means, and the scenario that comes of it."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest

from planner.knobs import Knob
from planner.report.what_if_words import was_words
from planner.scenario import Pipeline, Scenario, Stage
from planner.scenario_file import load_scenario, read_scenario
from planner.scenario_paths import Change, changes, value_at, with_value
from planner.schema.pipeline import PIPELINE, STAGE
from planner.schema.scenario import MOST_MONTHS
from planner.what_if import BadValue, WhatIf
from pricing.load import load_book
from pricing.reading.numeric import Decimal, Integer
from pricing.reading.shape import Record
from pricing.sizes import Size

MARKETPLACE = "scenarios/marketplace-catalogue.yaml"
TITAN = "scenarios/titan-catalogue-2026.yaml"


def what_if(path: str = MARKETPLACE) -> WhatIf:
    scenario = load_scenario(path).scenario
    return WhatIf(scenario, scenario, load_book(scenario.price_book))


def knob(made: WhatIf, path: str) -> Knob:
    return next(each for each in made.knobs() if each.path == path)


def after(made: WhatIf, scenario: Scenario) -> WhatIf:
    return WhatIf(made.base, scenario, made.book)


def turn(made: WhatIf, path: str, *steps: int) -> WhatIf:
    for each in steps:
        made = after(made, made.turned(knob(made, path), each))
    return made


def type_(made: WhatIf, path: str, text: str) -> object:
    return value_at(made.typed(knob(made, path), text), path)


def test_a_scenario_has_a_knob_for_every_figure_a_budget_owner_asks_about() -> None:
    """Horizon, volume, growth, rework, model and images of each stage, other spend, and each pool's amount and days."""
    paths = [each.path for each in what_if().knobs()]
    assert paths == [
        "months",
        "pipelines[0].assets_per_month",
        "pipelines[0].growth_pct_per_month",
        "pipelines[0].rework_pct",
        *(
            f"pipelines[0].stages[{stage}].{key}"
            for stage in range(4)
            for key in ("model", "candidates", "outputs")
        ),
        "background_spend[0].usd_per_month",
        *(f"credits[{pool}].{key}" for pool in range(2) for key in ("balance_usd", "starts", "expires")),
    ]


def test_a_stage_has_quality_and_size_where_its_model_is_priced_by_them() -> None:
    paths = [each.path for each in what_if(TITAN).knobs() if each.path.startswith("pipelines[0].stages[1].")]
    assert paths == [
        f"pipelines[0].stages[1].{key}" for key in ("model", "quality", "size", "candidates", "outputs")
    ]


@pytest.mark.parametrize(
    ("path", "steps", "expected"),
    [
        ("pipelines[0].assets_per_month", [1, 1], Fraction(3200)),
        ("pipelines[0].assets_per_month", [10], Fraction(4000)),
        ("pipelines[0].assets_per_month", [-1000], Fraction(0)),
        ("pipelines[0].growth_pct_per_month", [1], Fraction("8.5")),
        ("pipelines[0].growth_pct_per_month", [-10_000], Fraction("-99.9")),
        ("pipelines[0].rework_pct", [1000], Fraction(100)),
        ("pipelines[0].stages[1].candidates", [-10], 1),
        ("background_spend[0].usd_per_month", [1], 260_000_000),
        ("credits[0].balance_usd", [-1], 24_000_000_000),
        ("credits[0].expires", [3], date(2028, 2, 29)),
        ("credits[0].starts", [1], date(2026, 12, 20)),
        ("months", [1], 19),
        ("months", [1000], 120),
    ],
)
def test_a_knob_turns_by_a_step_of_its_own_size_and_stops_at_its_bounds(
    path: str, steps: Sequence[int], expected: object
) -> None:
    """The last day of a month stays the last day of a month."""
    assert value_at(turn(what_if(), path, *steps).now, path) == expected


def test_a_pool_is_never_turned_to_expire_before_it_starts() -> None:
    """poc starts on 2026-11-20: its expiry stops at the end of that month, its start at the day of expiry."""
    made = turn(what_if(), "credits[0].expires", *[-1] * 20)
    assert value_at(made.now, "credits[0].expires") == date(2026, 11, 30)
    with pytest.raises(BadValue, match="cannot expire before it starts"):
        made.typed(knob(made, "credits[0].expires"), "2026-11-19")


def test_models_are_offered_for_the_stages_task_cheapest_first() -> None:
    """Retired v1:0 models are left out."""
    made = what_if()
    offered = made.options(knob(made, "pipelines[0].stages[1].model"))
    assert [(each.words, each.price_words, each.current) for each in offered] == [
        ("stable-image-core-v1:1", "$0.04", True),
        ("sd3-5-large-v1:0", "$0.08", False),
        ("stable-image-ultra-v1:1", "$0.14", False),
    ]


def test_a_model_takes_size_and_quality_with_it_only_where_they_mean_something() -> None:
    """Outpainting from Titan to Stability drops both; back on Titan they are what the file says, so nothing differs."""
    made, path = what_if(TITAN), "pipelines[0].stages[3]"
    stability = after(made, made.typed(knob(made, f"{path}.model"), "stable-outpaint"))
    assert changes(made.base, stability.now) == (
        Change(f"{path}.model", "amazon.titan-image-generator-v2:0", "stability.stable-outpaint-v1:0"),
        Change(f"{path}.size", Size(1152, 768), None),
        Change(f"{path}.quality", "premium", None),
    )
    back = stability.typed(knob(stability, f"{path}.model"), "titan-image-generator-v2:0")
    assert back == made.base


def test_quality_and_size_turn_from_cheap_to_dear() -> None:
    made, stage = what_if(TITAN), "pipelines[0].stages[1]"
    assert value_at(turn(made, f"{stage}.quality", 1).now, f"{stage}.quality") == "premium"
    assert value_at(turn(made, f"{stage}.size", 1).now, f"{stage}.size") == Size(1024, 1024)
    assert turn(made, f"{stage}.quality", 1, -1).now == made.base


def test_a_value_left_out_stays_left_out_when_it_is_turned_back() -> None:
    """The stage names no quality, which means standard: premium and back leaves the file as it was."""
    made = what_if(TITAN)
    base = with_value(made.base, "pipelines[0].stages[1].quality", None)
    silent = WhatIf(base, base, made.book)
    premium = turn(silent, "pipelines[0].stages[1].quality", 1)
    assert value_at(premium.now, "pipelines[0].stages[1].quality") == "premium"
    assert turn(premium, "pipelines[0].stages[1].quality", -1).now == base


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("pipelines[0].assets_per_month", "12,500.5", Fraction("12500.5")),
        ("pipelines[0].assets_per_month", "12_500", Fraction(12_500)),
        ("pipelines[0].growth_pct_per_month", "3.25 %", Fraction("3.25")),
        ("pipelines[0].stages[1].candidates", "7", 7),
        ("credits[0].balance_usd", "$1,234.56", 1_234_560_000),
        ("credits[1].expires", "never", None),
        ("credits[1].expires", "2029-01-15", date(2029, 1, 15)),
        ("pipelines[0].stages[1].model", "ultra", "stability.stable-image-ultra-v1:1"),
    ],
)
def test_a_value_can_be_typed_as_people_write_it(path: str, text: str, expected: object) -> None:
    assert type_(what_if(), path, text) == expected


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("pipelines[0].assets_per_month", "-1", "from 0 to 1,000,000,000,000"),
        ("pipelines[0].assets_per_month", "1e6", "not a decimal number"),
        ("pipelines[0].growth_pct_per_month", "-100", "above -100 and at most 1,000"),
        ("pipelines[0].rework_pct", "101", "from 0 to 100"),
        ("pipelines[0].stages[1].candidates", "0", "from 1 to 1,000"),
        ("pipelines[0].stages[1].candidates", "2.5", "whole number"),
        ("credits[0].balance_usd", "0.0000001", "finer than a millionth of a dollar"),
        ("credits[0].starts", "never", "is not a day such as 2027-11-30"),
        ("credits[0].expires", "30.11.2027", "2027-11-30, or never"),
        ("pipelines[0].stages[1].model", "dall-e", "is none of stable-image-core-v1:1"),
        (
            "pipelines[0].stages[1].model",
            "stable-image",
            "could be stable-image-core-v1:1, stable-image-ultra",
        ),
    ],
)
def test_a_typed_value_that_cannot_be_says_what_can(path: str, text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        type_(what_if(), path, text)


def test_reset_takes_one_knob_back_and_leaves_the_others() -> None:
    made = turn(what_if(), "pipelines[0].rework_pct", 5)
    made = turn(made, "pipelines[0].stages[1].candidates", 1)
    made = after(made, made.reset(knob(made, "pipelines[0].rework_pct")))
    assert changes(made.base, made.now) == (Change("pipelines[0].stages[1].candidates", 4, 5),)


SHARED = """\
name: mix
start: 2026-12
months: 1
region: us-west-2
pipelines:
  - name: cards
    assets_per_month: 100
    stages:
      - {name: draft, model: stability.stable-image-core-v1:1}
      - {name: premium, model: stability.stable-image-ultra-v1:1, share_pct: 30}
      - {name: cut out, model: stability.stable-image-remove-background-v1:0, share_pct: 12.5}
      - {name: standard, model: stability.stable-image-core-v1:1, share_pct: 70}
"""
SHARE = "pipelines[0].stages[1].share_pct"


def shared(text: str = SHARED) -> WhatIf:
    scenario = read_scenario(text, "mix.yaml").scenario
    return WhatIf(scenario, scenario, load_book())


def shares(made: WhatIf) -> list[Fraction | None]:
    return [stage.share_pct for stage in made.now.pipelines[0].stages]


def test_a_share_has_a_knob_where_the_file_gives_one_and_a_pair_has_one_for_both() -> None:
    """The draft has no share, the cut-out one of its own; premium and standard, one task apart, turn together."""
    found = [each for each in shared().knobs() if each.label == "share"]
    assert [(each.path, each.of, each.rest) for each in found] == [
        (SHARE, "cards / premium, rest standard", "pipelines[0].stages[3].share_pct"),
        ("pipelines[0].stages[2].share_pct", "cards / cut out", ""),
    ]
    assert [(each.was, each.value) for each in found] == [(30, 30), (Fraction("12.5"), Fraction("12.5"))]


def test_turning_a_share_moves_the_other_of_its_pair() -> None:
    """Up by 5 %; neither of the two goes below 1 %, and a share by itself ends at 100 %."""
    made = shared()
    assert shares(turn(made, SHARE, 1)) == [None, 35, Fraction("12.5"), 65]
    assert shares(turn(made, SHARE, 10, 10)) == [None, 99, Fraction("12.5"), 1]
    assert shares(turn(made, SHARE, -10)) == [None, 1, Fraction("12.5"), 99]
    assert shares(turn(made, "pipelines[0].stages[2].share_pct", 100)) == [None, 30, 100, 70]
    assert shares(after(made, made.typed(knob(made, SHARE), "33.3 %"))) == [
        None,
        Fraction("33.3"),
        Fraction("12.5"),
        Fraction("66.7"),
    ]


def test_a_share_below_what_a_turn_reaches_stays_when_it_is_turned_down() -> None:
    made = shared(SHARED.replace("share_pct: 12.5", "share_pct: 0.25"))
    assert shares(turn(made, "pipelines[0].stages[2].share_pct", -1))[2] == Fraction("0.25")


def test_a_turned_share_changes_both_keys_and_reset_takes_both_back() -> None:
    made = turn(shared(), SHARE, 2)
    assert changes(made.base, made.now) == (
        Change(SHARE, Fraction(30), Fraction(40)),
        Change("pipelines[0].stages[3].share_pct", Fraction(70), Fraction(60)),
    )
    turned = knob(made, SHARE)
    assert (turned.was, turned.value, was_words(turned)) == (30, 40, "(was 30 %)")
    assert made.reset(turned) == made.base


def test_a_model_taken_back_keeps_the_share() -> None:
    """Two knobs of one stage: the share stays at 40 % when the model returns."""
    made = turn(turn(shared(), SHARE, 2), "pipelines[0].stages[1].model", -1)
    assert made.now.pipelines[0].stages[1].model_id == "stability.sd3-5-large-v1:0"
    back = made.reset(knob(made, "pipelines[0].stages[1].model"))
    assert back == turn(shared(), SHARE, 2).now


@pytest.mark.parametrize(
    ("text", "standard"), [("0", "70"), ("100", "70"), ("0", "60"), ("100.1", "60"), ("-5", "60")]
)
def test_a_share_typed_beyond_its_bounds_says_them(text: str, standard: str) -> None:
    """Of a pair neither may be nothing; a share of its own may be 100 %."""
    made = shared(SHARED.replace("share_pct: 70", f"share_pct: {standard}"))
    bounds = "above 0 and below 100" if standard == "70" else "above 0 and at most 100"
    with pytest.raises(BadValue, match=f"share must be {bounds}$"):
        made.typed(knob(made, SHARE), text)


def test_bounds_are_those_of_the_file() -> None:
    """What a knob allows can be saved, and what the file allows can be turned to."""
    made = what_if()
    for shape, prefix, knobs in (
        (PIPELINE, "pipelines[0]", made.knobs()),
        (STAGE, "pipelines[0].stages[0]", made.knobs()),
        (STAGE, "pipelines[0].stages[2]", shared().knobs()),
    ):
        for key, (low, high) in number_bounds(shape).items():
            found = [each for each in knobs if each.path == f"{prefix}.{key}"]
            assert all((each.low, each.high) == (low, high) for each in found), key
    months = knob(made, "months")
    assert (months.low, months.high) == (1, MOST_MONTHS)


def number_bounds(shape: "Record[Pipeline] | Record[Stage]") -> dict[str, tuple[Fraction, Fraction]]:
    numbers = {field.key: field.shape for field in shape.fields if isinstance(field.shape, Decimal | Integer)}
    return {key: (Fraction(number.min), Fraction(number.max)) for key, number in numbers.items()}


def test_a_policy_alone_has_no_knobs() -> None:
    scenario = read_scenario("name: guard only\nbudgets: [{name: month, limit_usd: 5}]\n", "p.yaml").scenario
    assert WhatIf(scenario, scenario, load_book()).knobs() == ()
