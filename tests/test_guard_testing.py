"""What users get to test their own code under a guard."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]

from planner.guard import BudgetExceeded
from planner.guard.ledger import Held
from planner.guard.testing import (
    Filter,
    Guarded,
    LocalBedrock,
    Timeout,
    bursar_guard,
    guarded,
    memory_ledger,
    throttle,
)
from planner.scenario import AppliesTo, Budget, ModelRung, Threshold
from pricing.money import Micros
from pricing.overrides import Override, with_overrides
from tests.bodies import BOOK, CORE, TITAN, ULTRA, text_image
from tests.endpoint import invoke

__all__ = ["bursar_guard"]
SCENARIO = """
name: studio
region: us-east-1
price_overrides:
  - {model: amazon.*, discount_pct: 50}
budgets:
  - {name: all, limit_usd: 0.03, per: lifetime}
"""


def test_a_guarded_client_stops_at_the_limit_and_the_books_agree() -> None:
    """Two images of Core cost $0.08; a third does not fit $0.10 and is never sent."""
    with guarded("0.10") as (guard, client, endpoint):
        for _ in range(2):
            assert invoke(client, CORE, {"prompt": "a"})["images"]
        with pytest.raises(BudgetExceeded):
            invoke(client, CORE, {"prompt": "a"})
        assert (endpoint.billed.images, endpoint.billed.micros) == (2, 80_000)
        assert endpoint.requests == {"ok": 2}
        assert [(status.name, status.settled) for status in guard.status()] == [("test", 80_000)]


def test_recorded_is_what_the_endpoint_billed_whatever_went_wrong() -> None:
    """A throttled attempt, a filtered image and three timeouts, all under two budgets at once."""
    budgets = [Budget(name, Micros(10_000_000), per="lifetime") for name in ("team", "company")]
    impatient = {"config": Config(read_timeout=0.2)}
    with guarded(budgets=budgets, client_options=impatient) as each:
        each.endpoint.set_faults([throttle(), Filter("all"), *[Timeout()] * 3])
        assert invoke(each.client, ULTRA, {"prompt": "a"}) == {
            "finish_reasons": ["Filter reason: output image"]
        }
        with pytest.raises(ReadTimeoutError):
            invoke(each.client, CORE, {"prompt": "a"})
        invoke(each.client, CORE, {"prompt": "a"})
        each.guard.ledger.lapse_due()
        assert each.endpoint.requests == {"ThrottlingException": 1, "filtered": 1, "timeout": 3, "ok": 1}
        assert each.endpoint.billed.micros == 300_000
        assert each.recorded == 300_000


def test_threads_race_for_the_last_cent_and_nobody_oversteps() -> None:
    def call(_: int) -> int:
        try:
            invoke(client, TITAN, text_image(width=1024, height=1024))
        except BudgetExceeded:
            return 0
        return 1

    options = {"config": Config(max_pool_connections=16)}
    with guarded("0.50", client_options=options) as each:
        client = each.client
        with ThreadPoolExecutor(16) as pool:
            sent = sum(pool.map(call, range(80)))
        assert (sent, each.endpoint.billed.images, each.recorded) == (50, 50, 500_000)


def test_a_scenario_file_brings_its_budgets_prices_and_region(tmp_path: Path) -> None:
    """Titan at half of $0.010: six images at $0.005 use up $0.03."""
    path = tmp_path / "studio.yaml"
    path.write_text(SCENARIO.lstrip())
    with guarded(scenario=path) as (_, client, endpoint):
        invoke(client, TITAN, text_image(width=1024, height=1024, numberOfImages=5))
        invoke(client, TITAN, text_image(width=1024, height=1024))
        with pytest.raises(BudgetExceeded):
            invoke(client, TITAN, text_image(width=1024, height=1024))
        assert (endpoint.region, endpoint.billed.micros) == ("us-east-1", 30_000)


def test_a_scenario_beside_budgets_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="give one or the others"),
        guarded(scenario=tmp_path, budgets=[Budget("a", Micros(1))]),
    ):
        pass


def test_downgrades_reach_the_endpoint() -> None:
    """Past half of $0.30, Ultra ($0.14) becomes Core ($0.04)."""
    budget = Budget("b", Micros(300_000), per="lifetime", thresholds=(Threshold(Fraction(50), "downgrade"),))
    with guarded(budgets=[budget], ladder=[ModelRung(ULTRA, CORE)]) as (_, client, endpoint):
        for _ in range(2):
            invoke(client, ULTRA, {"prompt": "a"})
        assert {sku.model_id: total.images for sku, total in endpoint.billed.by_sku.items()} == {
            ULTRA: 1,
            CORE: 1,
        }


def test_tags_a_clock_and_a_ledger_of_your_own_reach_the_guard() -> None:
    """The budget counts one tag by day; the clock says which day."""
    noon = datetime(2026, 12, 5, 12, tzinfo=UTC).timestamp()
    ledger = memory_ledger(clock=lambda: noon)
    budget = Budget("day", Micros(100_000), per="day", applies_to=AppliesTo(tags={"team": "a"}))
    with guarded(budgets=[budget], ledger=ledger, tags={"team": "a"}, clock=lambda: noon) as (
        guard,
        client,
        _,
    ):
        invoke(client, CORE, {"prompt": "a"})
        assert [(status.period, status.settled) for status in guard.status()] == [("2026-12-05", 40_000)]
    assert ledger.status("day").settled == 40_000


def test_a_book_with_negotiated_prices_bills_and_records_the_same() -> None:
    book = with_overrides(BOOK, (Override("stability.*", usd_per_image=Micros(33_333)),))
    with guarded(price_book=book) as each:
        invoke(each.client, CORE, {"prompt": "a"})
        assert (each.endpoint.billed.micros, each.recorded) == (33_333, 33_333)


def test_a_memory_ledger_starts_empty_every_time() -> None:
    ledger = memory_ledger()
    ledger.define("b", Micros(10), "lifetime")
    assert isinstance(ledger.hold("k", Micros(10), ["b"]), Held)
    assert memory_ledger().budgets() == ()


def test_the_fixture_gives_a_dollar(bursar_guard: Guarded) -> None:
    assert invoke(bursar_guard.client, CORE, {"prompt": "a"})["images"]
    assert [status.limit for status in bursar_guard.guard.status()] == [1_000_000]
    assert isinstance(bursar_guard.endpoint, LocalBedrock)


@pytest.mark.parametrize("bursar_guard", [{"limit_usd": "0.05"}], indirect=True)
def test_the_fixture_takes_the_arguments_of_guarded(bursar_guard: Guarded) -> None:
    invoke(bursar_guard.client, CORE, {"prompt": "a"})
    with pytest.raises(BudgetExceeded):
        invoke(bursar_guard.client, CORE, {"prompt": "a"})


def test_the_fixture_works_from_a_conftest(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from planner.guard.testing import bursar_guard\n")
    (tmp_path / "test_mine.py").write_text(
        "def test_mine(bursar_guard):\n"
        f'    bursar_guard.client.invoke_model(modelId={CORE!r}, body=b\'{{"prompt": "a"}}\')\n'
        "    assert bursar_guard.endpoint.billed.images == 1\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 passed" in ran.stdout, ran.stdout


def test_importing_the_module_needs_neither_pytest_nor_boto3() -> None:
    code = "import sys, planner.guard.testing as t; t.memory_ledger(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pytest", "boto3", "botocore", "pandas", "numpy"}.intersection(loaded)


def test_a_name_it_does_not_have_is_an_attribute_error() -> None:
    import planner.guard.testing as module

    with pytest.raises(AttributeError, match="no attribute 'bursar_gard'"):
        module.bursar_gard  # type: ignore[attr-defined] # noqa: B018
