"""Exported calls: FOCUS 1.2 columns, each call once, and sums that are the ledger's own."""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from planner.guard import tags
from planner.guard.calls import past_calls
from planner.guard.export import FOCUS, MANDATORY, PLAIN, Account, focus_row, plain_record
from planner.guard.ledger import Held, Ledger, Offer, Tags, open_ledger
from planner.guard.testing import Timeout, guarded
from planner.scenario import Budget, ImagesRung, ModelRung, Policy, Threshold
from pricing.money import Micros
from tests.guarding import BEFORE_RETIREMENT, CORE, SD35, TITAN, ULTRA, amazon, stability
from tests.ledger_engines import Clock, moment
from tests.support import bursar, usd

Capture = pytest.CaptureFixture[str]
SKU = f"{CORE} any us-west-2"
WORDS: Tags = {
    "sku": SKU,
    "model_id": CORE,
    "size_class": "any",
    "quality": None,
    "region": "us-west-2",
    "images": 1,
    "task": "TEXT_IMAGE",
}
BILLED: Tags = {"outcome": "ok", "attempts": 1, "images": 1}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/guard.db?synchronous=NORMAL"


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-12-05 12:34:56")


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    """Budgets of $100 per day, month and lifetime."""
    with open_ledger(url, clock=clock) as opened:
        for name in ("day", "month", "lifetime"):
            opened.define(name, usd("100"), name)
        yield opened


def focus(capsys: Capture, url: str, *options: str) -> list[dict[str, str]]:
    ran = bursar(capsys, "guard", "export", "--ledger", url, "--format", "focus", *options)
    assert ran.code == 0
    return list(csv.DictReader(io.StringIO(ran.out)))


def test_the_21_mandatory_columns_of_focus_are_there() -> None:
    """As the 1.2 specification names them."""
    named = """
        BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodStart BillingPeriodEnd
        ChargeCategory ChargeClass ChargeDescription ChargePeriodStart ChargePeriodEnd ContractedCost EffectiveCost
        InvoiceIssuerName ListCost PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName
    """
    assert set(MANDATORY) == set(named.split())
    assert len(MANDATORY) == 21
    assert FOCUS[:21] == MANDATORY
    assert all(name.startswith("x_") or name[0].isupper() for name in FOCUS)


def test_a_settled_call_is_one_row(capsys: Capture, url: str, ledger: Ledger, clock: Clock) -> None:
    ledger.hold("k", usd("0.04"), ["month"], tags={**WORDS, "tag:pipeline": "catalogue"})
    clock.pass_s(2.5)
    ledger.settle("k", usd("0.04"), tags=BILLED)
    (row,) = focus(capsys, url, "--account", "111122223333", "--account-name", "studio")
    assert row == {
        "BilledCost": "0.04",
        "BillingAccountId": "111122223333",
        "BillingAccountName": "studio",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-12-01T00:00:00Z",
        "BillingPeriodEnd": "2027-01-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeDescription": f"1 image, {SKU}",
        "ChargePeriodStart": "2026-12-05T12:00:00Z",
        "ChargePeriodEnd": "2026-12-05T13:00:00Z",
        "ContractedCost": "0.04",
        "EffectiveCost": "0.04",
        "InvoiceIssuerName": "AWS Marketplace",
        "ListCost": "0.04",
        "PricingQuantity": "1",
        "PricingUnit": "Images",
        "ProviderName": "AWS",
        "PublisherName": "Stability AI",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Amazon Bedrock",
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": "1",
        "ConsumedUnit": "Images",
        "ListUnitPrice": "0.04",
        "RegionId": "us-west-2",
        "SkuId": SKU,
        "Tags": '{"pipeline": "catalogue"}',
        "x_ModelId": CORE,
        "x_SizeClass": "any",
        "x_Quality": "",
        "x_HoldId": "k",
        "x_HeldAt": "2026-12-05T12:34:56.000000Z",
        "x_SettledAt": "2026-12-05T12:34:58.500000Z",
        "x_Estimated": "false",
        "x_DowngradedFrom": "",
        "x_Task": "TEXT_IMAGE",
        "x_Outcome": "ok",
        "x_Attempts": "1",
        "x_Budgets": '{"month": "2026-12"}',
    }


def test_a_charge_belongs_to_the_month_and_hour_it_was_held_in(ledger: Ledger, clock: Clock) -> None:
    """Held a microsecond before December and settled in it: November's, as the budget counts it."""
    clock.now = moment("2026-11-30 23:59:59.999999")
    ledger.hold("k", usd("0.04"), ["month"])
    clock.set("2026-12-01 00:00:05")
    ledger.settle("k", usd("0.04"))
    (call,) = past_calls(ledger)
    row = focus_row(call, Account())
    assert [row[name] for name in ("BillingPeriodStart", "BillingPeriodEnd")] == [
        "2026-11-01T00:00:00Z",
        "2026-12-01T00:00:00Z",
    ]
    assert [row[name] for name in ("ChargePeriodStart", "ChargePeriodEnd")] == [
        "2026-11-30T23:00:00Z",
        "2026-12-01T00:00:00Z",
    ]
    assert row["x_Budgets"] == '{"month": "2026-11"}'


def test_amounts_are_exact_to_the_micro_dollar(ledger: Ledger) -> None:
    for key, micros in (("a", 1), ("b", 39_999_999), ("c", 90_000_000)):
        ledger.hold(key, Micros(0), ["lifetime"])
        ledger.settle(key, Micros(micros))
    rows = [focus_row(call, Account()) for call in past_calls(ledger)]
    assert [row["BilledCost"] for row in rows] == ["0.000001", "39.999999", "90.00"]


def test_what_is_assumed_is_marked(capsys: Capture, url: str, ledger: Ledger, clock: Clock) -> None:
    """Lapsed, assumed by the guard, settled with an attempt nobody answered, and blocked after it was made."""
    ledger.hold("lapsed", usd("0.04"), ["month"], tags=WORDS, lease_s=1)
    ledger.hold("timeout", usd("0.04"), ["month"], tags=WORDS)
    ledger.assume("timeout", usd("0.04"), tags={"outcome": "read_timeout", "assumed": "read_timeout"})
    ledger.hold("retried", usd("0.04"), ["month"], tags=WORDS)
    ledger.extend("retried", usd("0.04"), attempt=2)
    ledger.settle("retried", usd("0.08"), tags={**BILLED, "attempts": 2, "assumed": "read_timeout"})
    ledger.hold("blocked", usd("0.04"), ["month"], tags=WORDS)
    ledger.settle("blocked", usd("0.04"), tags={**BILLED, "outcome": "filtered_output"})
    ledger.hold("sure", usd("0.04"), ["month"], tags=WORDS)
    ledger.settle("sure", usd("0.04"), tags=BILLED)
    clock.pass_s(5)
    ledger.lapse_due()
    rows = {row["x_HoldId"]: row for row in focus(capsys, url)}
    assert {key: (row["x_Estimated"], row["PricingQuantity"]) for key, row in rows.items()} == {
        "lapsed": ("true", "1"),
        "timeout": ("true", "1"),
        "retried": ("true", "2"),
        "blocked": ("true", "1"),
        "sure": ("false", "1"),
    }
    assert rows["lapsed"]["ChargeDescription"] == f"1 image, {SKU}, assumed billed"


def test_a_correction_by_hand_is_no_estimate(ledger: Ledger) -> None:
    """Three images lapsed at $0.12; two were billed, says ana."""
    ledger.hold("k", usd("0.12"), ["month"], tags={**WORDS, "images": 3})
    ledger.assume("k", usd("0.12"), tags={"outcome": "read_timeout", "assumed": "read_timeout", "images": 0})
    ledger.settle("k", usd("0.08"), tags={"who": "ana", "why": "the bill"})
    (call,) = past_calls(ledger)
    assert (call.state, call.billed, call.images, call.estimated) == ("settled", 80_000, 2, False)
    assert (call.outcome, call.who, call.why) == ("", "ana", "the bill")


def test_a_bill_that_is_no_whole_number_of_images_counts_as_a_request(ledger: Ledger) -> None:
    ledger.hold("k", usd("0.12"), ["month"], tags={**WORDS, "images": 3})
    ledger.settle("k", usd("0.05"), tags={"who": "ana", "why": "the bill"})
    (call,) = past_calls(ledger)
    row = focus_row(call, Account())
    assert (call.images, row["PricingQuantity"], row["PricingUnit"]) == (None, 1, "Requests")


def test_a_downgraded_call_shows_what_went_out(ledger: Ledger, clock: Clock) -> None:
    """Four Titan images asked, one sent, and its process died."""
    asked: Tags = {
        "sku": f"{TITAN} 1024 premium us-east-1",
        "images": 4,
        "offer:1": f"{TITAN} 1024 standard us-east-1; quality: premium -> standard; images: 4 -> 1",
        "offer:1:images": 1,
    }
    offers = [Offer(usd("500"), {"month": None}), Offer(usd("0.01"), {"month": None})]
    ledger.hold_first("k", offers, lease_s=1, tags=asked)
    clock.pass_s(2)
    ledger.lapse_due()
    (call,) = past_calls(ledger)
    row = focus_row(call, Account())
    assert (row["x_ModelId"], row["x_SizeClass"], row["x_Quality"]) == (TITAN, "1024", "standard")
    assert (row["PricingQuantity"], row["BilledCost"]) == (1, "0.01")
    assert row["x_DowngradedFrom"] == f"{TITAN} 1024 premium us-east-1"
    assert (row["PublisherName"], row["InvoiceIssuerName"]) == ("AWS", "AWS")


def test_calls_that_cost_nothing_or_are_under_way_are_no_charges(
    capsys: Capture, url: str, ledger: Ledger
) -> None:
    ledger.hold("void", usd("0.04"), ["month"])
    ledger.void("void")
    ledger.hold("refused", usd("1000"), ["month"])
    ledger.hold("open", usd("0.04"), ["month"])
    ledger.hold("adopted", usd("1"), ["month"], tags={"adopted": "month (observed)"})
    ledger.settle("adopted", usd("1"), tags={"adopted": "month (observed)"})
    ran = bursar(capsys, "guard", "export", "--ledger", url, "--format", "json")
    assert json.loads(ran.out) == []
    assert ran.err == "bursar: 1 call still under way, not in the export\n"


def test_days_choose_by_when_a_call_was_held(capsys: Capture, url: str, ledger: Ledger, clock: Clock) -> None:
    for text in ("2026-12-01 00:00:00", "2026-12-02 23:59:59", "2026-12-03 00:00:00"):
        clock.set(text)
        ledger.hold(text[8:10], usd("0.04"), ["month"])
        ledger.settle(text[8:10], usd("0.04"))

    def held(*options: str) -> list[str]:
        return [row["x_HoldId"] for row in focus(capsys, url, *options)]

    assert held("--from", "2026-12-01", "--to", "2026-12-02") == ["01", "02"]
    assert held("--from", "2026-12-03") == ["03"]
    assert held("--to", "2026-12-01") == ["01"]
    ran = bursar(capsys, "guard", "export", "--ledger", url, "--from", "2026-12-03", "--to", "2026-12-02")
    assert (ran.code, ran.err) == (2, "bursar: --from 2026-12-03 is after --to 2026-12-02; swap them\n")


def test_a_long_history_is_one_file_with_one_heading(
    capsys: Capture, url: str, ledger: Ledger, tmp_path: Path
) -> None:
    for number in range(2_345):
        ledger.hold(f"k{number}", Micros(1), ["lifetime"])
        ledger.settle(f"k{number}", Micros(1))
    target = tmp_path / "charges.csv"
    ran = bursar(capsys, "guard", "export", "--ledger", url, "--format", "focus", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    assert len(rows) == 2_345
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal("0.002345")
    assert [path.name for path in tmp_path.glob("*.tmp")] == []


@pytest.mark.parametrize("form", ["csv", "focus", "json"])
def test_words_of_others_are_data(capsys: Capture, url: str, ledger: Ledger, form: str) -> None:
    evil = "=HYPERLINK(1)\x1b[31m\u202e"
    ledger.hold("@k", usd("0.04"), ["month"], tags={**WORDS, "task": evil, "sku": evil, "tag:=x": evil})
    ledger.settle("@k", usd("0.04"), tags={"outcome": evil, "who": evil, "why": evil})
    ran = bursar(capsys, "guard", "export", "--ledger", url, "--format", form)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    if form == "json":
        (call,) = json.loads(ran.out)
        assert (call["tags"], call["hold_id"]) == ({"=x": evil}, "@k")
        return
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert "\u202e" not in ran.out
    assert not [cell for cell in row.values() if cell[:1] in ("=", "@", "+", "-")]
    assert json.loads(row["Tags" if form == "focus" else "tags"]) == {"=x": evil}


def test_plain_rows_have_the_same_calls_in_plain_words(capsys: Capture, url: str, ledger: Ledger) -> None:
    ledger.hold("k", usd("0.04"), ["month"], tags={**WORDS, "tag:tenant": "日本"})
    ledger.settle("k", usd("0.05"), tags=BILLED)
    (row,) = csv.DictReader(io.StringIO(bursar(capsys, "guard", "export", "--ledger", url).out))
    assert tuple(row) == PLAIN
    assert (row["hold_id"], row["billed_usd"], row["overrun_usd"]) == ("k", "0.05", "0.01")
    assert row["tags"] == '{"tenant": "日本"}'
    (call,) = past_calls(ledger)
    assert plain_record(call)["budgets"] == {"month": "2026-12"}


def test_sums_are_the_ledgers_settled_whatever_happened(ledger: Ledger, clock: Clock) -> None:
    """600 random calls over three months: for each budget and period, rows add up to what is settled and assumed."""
    dice = random.Random(7)
    for number in range(600):
        clock.pass_s(dice.random() * 25_000)
        _random_call(ledger, clock, dice, f"k{number}")
    clock.pass_s(10_000)
    ledger.lapse_due()
    settled: Counter[tuple[str, str]] = Counter()
    assumed: Counter[tuple[str, str]] = Counter()
    for call in past_calls(ledger):
        for line in call.lines:
            settled[line] += call.billed
            assumed[line] += call.billed if call.state == "assumed" else 0
    periods = {line for entry in ledger.entries() for line in entry.lines}
    assert len(periods) > 80
    for line in periods:
        status = ledger.status(line.budget, period=line.period)
        assert (settled[line], assumed[line]) == (status.settled, status.assumed), line


def _random_call(ledger: Ledger, clock: Clock, dice: random.Random, key: str) -> None:
    """Held, perhaps retried or lapsed, and resolved one way or another, or not at all."""
    cost = Micros(dice.randint(0, 900_000))
    budgets = dice.choice([["day"], ["day", "month"], ["day", "month", "lifetime"], ["lifetime"]])
    if not isinstance(ledger.hold(key, cost, budgets, lease_s=60), Held):
        return
    for attempt in range(2, dice.randint(2, 4)):
        ledger.extend(key, cost, attempt=attempt)
    if dice.random() < 0.2:
        clock.pass_s(5_000)
        ledger.lapse_due()
    if dice.random() < 0.2:
        ledger.assume(key, Micros(dice.randint(0, 900_000)))
    match dice.randint(0, 3):
        case 0:
            ledger.void(key)
        case 1 | 2:
            ledger.settle(key, Micros(dice.randint(0, 1_200_000)))


def test_what_the_endpoint_billed_is_what_is_exported() -> None:
    """A guard at work: downgrades to other models and fewer images, a retry after a timeout, three timeouts."""
    quick = Config(read_timeout=0.3, retries={"total_max_attempts": 3, "mode": "standard"})
    past_half = Budget("b", usd("1.00"), "lifetime", thresholds=(Threshold(50, "downgrade"),))  # type: ignore[arg-type]
    ladder = (ImagesRung(1), ModelRung(ULTRA, SD35), ModelRung(SD35, CORE))
    with guarded(
        budgets=[past_half],
        ladder=ladder,
        policy=Policy(retired="allow"),
        faults=[Timeout()],
        client_options={"config": quick},
    ) as (guard, client, endpoint):
        with tags(pipeline="catalogue"):
            for _ in range(6):
                client.invoke_model(modelId=ULTRA, body=stability())
        rows = [focus_row(call, Account()) for call in past_calls(guard.ledger)]
        _same_as_billed(rows, endpoint.billed)
        assert {row["Tags"] for row in rows} == {'{"pipeline": "catalogue"}'}
        assert [row["x_DowngradedFrom"] for row in rows].count(f"{ULTRA} any us-west-2") > 0
        assert [row["x_Estimated"] for row in rows].count("true") == 1


def test_fewer_images_are_exported_as_what_was_made() -> None:
    """Five Titan images asked three times; past the threshold one is made."""
    budget = Budget("b", usd("0.11"), "lifetime", thresholds=(Threshold(45, "downgrade"),))  # type: ignore[arg-type]
    with guarded(
        budgets=[budget], ladder=[ImagesRung(1)], region="us-east-1", clock=lambda: BEFORE_RETIREMENT
    ) as (guard, client, endpoint):
        for _ in range(3):
            client.invoke_model(modelId=TITAN, body=amazon(5))
        rows = [focus_row(call, Account()) for call in past_calls(guard.ledger)]
        _same_as_billed(rows, endpoint.billed)
        assert rows[-1]["PricingQuantity"] == 1


def _same_as_billed(rows: list[dict[str, Any]], billed: Any) -> None:  # noqa: ANN401
    quantity = sum(row["PricingQuantity"] for row in rows)
    assert (quantity, sum(Decimal(row["BilledCost"]) for row in rows) * 1_000_000) == (
        billed.images,
        billed.micros,
    )
