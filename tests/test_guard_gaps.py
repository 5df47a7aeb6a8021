"""What a planted bug showed that no other test of the guard would notice: see `tests/mutants.py`."""

import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]

from planner.guard import BudgetExceeded, Guard, tags
from planner.guard.errors import LedgerUnavailable, ModelRetired
from planner.guard.ledger import Held, Offer, Refused, Resolved, open_ledger
from planner.guard.ledger.memory import MemoryLedger
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.faults import ApiError, Reset, Timeout
from planner.guard.policy import threshold
from planner.scenario import Budget, Credit, Policy, Threshold
from pricing.money import Micros, decimal_usd
from tests.guarding import (
    CENT,
    CORE,
    STABILITY_LADDER,
    TITAN,
    ULTRA,
    Clock,
    amazon,
    at,
    budget,
    guarded,
    stability,
    usd,
)
from tests.time_zones import FAR, standing_in

# Calls


class Outage(MemoryLedger):
    """A ledger that does as it is told, and loses the answer of one verb, once."""

    def __init__(self, verb: str) -> None:
        super().__init__(time.time, "assume_billed")
        self.verb = verb

    def _answer_lost(self, verb: str) -> None:
        if self.verb == verb:
            self.verb = ""
            raise LedgerUnavailable(f"the answer to {verb} is lost")

    def hold_first(self, key: str, offers: Sequence[Offer], **more: Any) -> Held | Refused:  # noqa: ANN401
        answer = super().hold_first(key, offers, **more)
        self._answer_lost("hold_first")
        return answer

    def extend(self, key: str, extra: Micros, **more: Any) -> Held | Refused:  # noqa: ANN401
        answer = super().extend(key, extra, **more)
        self._answer_lost("extend")
        return answer

    def settle(self, key: str, billed: Micros, **more: Any) -> Resolved:  # noqa: ANN401
        self._answer_lost("settle")
        return super().settle(key, billed, **more)


def test_a_hold_whose_answer_was_lost_is_given_back() -> None:
    """The call does not go out, so nothing may stay held for it."""
    with guarded(ledger=Outage("hold_first"), price_overrides=[CENT]) as setting:
        with pytest.raises(LedgerUnavailable):
            setting.invoke()
        assert setting.spent() == (0, 0)
        assert setting.images_billed == 0


@pytest.mark.parametrize(("choice", "images"), [("block", 1), ("allow", 2)])
def test_a_retry_waits_for_a_ledger_that_answers(choice: Literal["block", "allow"], images: int) -> None:
    """The first attempt times out and may be billed; the second goes out only where policy does without the ledger."""
    config = Config(read_timeout=0.3, retries={"total_max_attempts": 2, "mode": "standard"})
    with guarded(
        ledger=Outage("extend"),
        policy=Policy(ledger_down=choice),
        faults=[Timeout()],
        client={"config": config},
        price_overrides=[CENT],
    ) as setting:
        with pytest.raises(ReadTimeoutError) if choice == "block" else nullcontext():
            setting.invoke()
        assert setting.images_billed == images
        assert setting.spent() == (images * 10_000, 0)


def test_a_settlement_survives_a_moment_without_the_ledger() -> None:
    """The key makes a second try safe."""
    with guarded(ledger=Outage("settle"), price_overrides=[CENT]) as setting:
        setting.invoke()
        assert setting.spent() == (10_000, 0)


def test_the_last_door_stops_an_attempt_that_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with an older botocore, which does not hear a no to a second attempt after an answer."""
    monkeypatch.setattr("planner.guard.client.CAN_VETO_ANSWERS", False)
    policy = Policy(assumed_billed=("server_error",))
    faults = [ApiError("InternalServerException", billed=True)]
    with guarded(budget("0.01"), faults=faults, policy=policy, price_overrides=[CENT]) as setting:
        with pytest.raises(ClientError, match="InternalServerException"):
            setting.invoke()
        assert setting.images_billed == 1
        assert setting.spent() == (10_000, 0)


@pytest.mark.parametrize(("wait_s", "lease_s"), [(1, 900), (300, 900), (1000, 2300)])
def test_a_lease_outlives_the_longest_wait(wait_s: int, lease_s: int) -> None:
    """Fifteen minutes; for who waits longer, time for the request, its answer and five minutes more."""
    with guarded(client={"config": Config(read_timeout=wait_s)}) as setting:
        hold = setting.guard.ledger.find(setting.said()["hold_id"])
        assert hold.lease_until - hold.held_at == lease_s


def test_an_interrupted_call_stays_held_until_its_lease_ends_and_counts_as_billed() -> None:
    """Ctrl-C while it is sent: nobody knows what became of it."""
    with guarded(price_overrides=[CENT]) as setting:
        setting.client.meta.events.register(
            "before-send.bedrock-runtime.InvokeModel", lambda **_: signal.raise_signal(signal.SIGINT)
        )
        with pytest.raises(KeyboardInterrupt):
            setting.invoke()
        assert setting.spent() == (0, 10_000)
        setting.clock.now += 900
        assert setting.guard.ledger.lapse_due() == 1
        assert setting.spent() == (10_000, 0)


def test_a_guard_that_hears_a_call_twice_holds_it_once() -> None:
    """Every new session is guarded by default, and then a client of one is attached as well."""
    with (
        LocalBedrock(region="us-west-2") as endpoint,
        Guard.from_policy([budget()], ledger="memory://") as guard,
    ):
        guard.attach_default()
        client = endpoint.client()
        guard.attach(client)
        endpoint.set_faults([Reset()])
        answer = client.invoke_model(modelId=CORE, body=stability())
        answer["body"].read()
        assert [entry.kind for entry in guard.entries()] == ["define", "hold", "extend", "settle"]
        assert answer["ResponseMetadata"]["Bursar"]["attempts"] == 2
        assert answer["ResponseMetadata"]["Bursar"]["billed_usd"] == decimal_usd(endpoint.billed.micros)
        client.close()


# Decisions


@pytest.mark.parametrize("zone", FAR)
def test_a_model_ends_at_midnight_utc_wherever_the_machine_stands(zone: str) -> None:
    """Titan V2 answers until 29 June 2026."""
    clock, blocked = Clock(at("2026-06-29T23:59:59")), Policy(retired="block")
    with standing_in(zone), guarded(region="us-east-1", clock=clock, policy=blocked) as setting:
        setting.invoke(TITAN, amazon())
        clock.now = at("2026-06-30T00:00:00")
        with pytest.raises(ModelRetired, match="reached its end of life on 2026-06-30"):
            setting.invoke(TITAN, amazon())


def test_a_threshold_counts_what_other_processes_spent() -> None:
    """One guard saw the budget nearly empty; meanwhile another one brought it to its threshold."""
    half = budget("1.00", downgrade=50)
    with (
        open_ledger("memory://") as ledger,
        guarded(half, ledger=ledger, ladder=STABILITY_LADDER) as one,
        guarded(half, ledger=ledger, ladder=STABILITY_LADDER) as other,
    ):
        assert one.said(ULTRA)["downgraded_from"] is None
        assert [other.said(ULTRA)["quoted_usd"] for _ in range(3)] == ["0.14", "0.14", "0.08"]
        assert one.spent() == (500_000, 0)
        assert one.said(ULTRA)["quoted_usd"] == "0.08"


def test_of_two_downgrade_thresholds_the_lower_one_counts() -> None:
    """Half comes before four fifths."""
    both = (Threshold(Fraction(80), "downgrade"), Threshold(Fraction(50), "downgrade"))
    assert threshold(Budget("b", usd("1"), thresholds=both), usd("1")) == usd("0.50")


def test_tags_of_one_thread_are_none_of_anothers() -> None:
    """Not even while the block of the first one lasts."""
    with ThreadPoolExecutor(1) as pool, tags(tenant="acme"):
        assert pool.submit(tags.current).result() == {}
        assert tags.current() == {"tenant": "acme"}


# Credits


def credit(name: str, cents: int, third_party: Literal["yes", "no"], expires: date) -> Credit:
    """For every product of AWS, and where `third_party` is yes for Stability's models as well."""
    opens = date(2026, 1, 1)
    return Credit(name, Micros(cents * 10_000), opens, expires, "other", ("*",), None, third_party)


def test_credits_that_do_not_pay_the_marketplace_stop_its_models() -> None:
    """Ten cents for Amazon's models: none of them is room for Stability's, which AWS Marketplace bills."""
    first_party = credit("poc", 10, "no", date(2027, 12, 31))
    for model_id, body, region, images in (
        (CORE, stability(), "us-west-2", 0),
        (TITAN, amazon(), "us-east-1", 10),
    ):
        with guarded(
            budget(None, "no-cash"), credits=[first_party], region=region, price_overrides=[CENT]
        ) as setting:
            with pytest.raises(BudgetExceeded, match="credits can still pay"):
                for _ in range(11):
                    setting.invoke(model_id, body)
            assert setting.images_billed == images


class Rival(MemoryLedger):
    """A ledger on which another process holds for a Stability model, between a first call's decision and its hold."""

    def __init__(self) -> None:
        super().__init__(Clock(), "assume_billed")
        self.waiting = True

    def hold_first(self, key: str, offers: Sequence[Offer], **more: Any) -> Held | Refused:  # noqa: ANN401
        if self.waiting:
            self.waiting = False
            super().hold_first("rival", [Offer(Micros(10_000), dict.fromkeys(RIVALS_BUDGETS))])
        return super().hold_first(key, offers, **more)


RIVALS_BUDGETS = ("no-cash", "no-cash: AWS Marketplace")


def test_a_rival_for_the_same_credits_is_noticed_before_the_call_goes_out() -> None:
    """The first pool pays for everybody, the second for Amazon's models only: AWS uses up the first one first.

    Alone, Titan may draw on both. Once Stability is to be paid as well, a cent for Titan might be the one it needs.
    """
    pools = [credit("first", 1, "yes", date(2026, 12, 31)), credit("second", 1, "no", date(2027, 12, 31))]
    settings: dict[str, Any] = {"credits": pools, "region": "us-east-1", "price_overrides": [CENT]}
    with guarded(budget(None, "no-cash"), **settings) as alone:
        for _ in range(2):
            alone.invoke(TITAN, amazon())
    with guarded(budget(None, "no-cash"), ledger=Rival(), **settings) as setting:
        with pytest.raises(BudgetExceeded):
            setting.invoke(TITAN, amazon())
        assert setting.images_billed == 0
        assert setting.spent("no-cash") == (0, 10_000)
