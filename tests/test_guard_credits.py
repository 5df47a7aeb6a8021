"""`limit: credits`: the guard stops where the waterfall says that credits end, to the micro-dollar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.credits import Charge, waterfall
from planner.guard import BudgetExceeded, Guard
from planner.guard.config import checked
from planner.guard.credit_room import CreditRoom, seller_of
from planner.guard.ledger import Held, Ledger, Offer, open_ledger
from planner.guard.observed import observed
from planner.projection import credit_pool
from planner.scenario import BackgroundSpend, Credit, Policy
from pricing.load import load_book
from pricing.money import Micros
from pricing.overrides import Override
from tests.guarding import (
    CORE,
    SD35,
    STABILITY_LADDER,
    TITAN,
    ULTRA,
    Clock,
    amazon,
    at,
    budget,
    guarded,
    usd,
)
from tests.support import planned

BOOK = load_book()
NO_CASH = budget(None, "no-cash")
SEVEN_MICROS = Override("*", usd_per_image=Micros(7))
EC2 = "Amazon Elastic Compute Cloud"
BEDROCK = ("Amazon Bedrock",)
Third = Literal["yes", "no", "unknown"]


def credit(
    name: str,
    micros: int,
    expires: str | None = "2027-12-31",
    third_party: Third = "yes",
    products: tuple[str, ...] = ("*",),
    *,
    starts: str = "2026-01-01",
) -> Credit:
    last = date.fromisoformat(expires) if expires else None
    return Credit(
        name, Micros(micros), date.fromisoformat(starts), last, "other", products, None, third_party
    )


@dataclass
class Spender:
    """A room on a ledger of its own, and what was held against it, day by day, as the bill will show it."""

    credits: Sequence[Credit]
    background: Sequence[BackgroundSpend] = ()
    day: date = date(2026, 3, 2)
    start: str | None = "2026-03"
    charges: list[Charge] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger: Ledger = open_ledger("memory://", clock=self.clock)
        self.room = self.new_room()

    def new_room(self) -> CreditRoom:
        config = checked(
            [NO_CASH], [], Policy(), BOOK, credits=self.credits, background=self.background, start=self.start
        )
        return CreditRoom("no-cash", observed("no-cash"), config, self.ledger)

    def clock(self) -> float:
        return at(self.day.isoformat()) + 3600

    def spend(self, model_id: str, amount: int) -> bool:
        """Holds the amount for the model today; False when the room has no place for it."""
        card, key = BOOK.card(model_id), f"k{len(self.charges)}-{self.day}-{amount}"
        terms = self.room.terms(card, self.day)
        offer = Offer(Micros(amount), {name: terms.ceilings.get(name) for name in self.room.counters(card)})
        if not isinstance(self.ledger.hold_first(key, [offer]), Held):
            return False
        assert self.room.still_right(terms, card, self.day)
        self.charges.append(seller_of(card).charge(self.day, amount))
        return True

    def cash(self, *more: Charge) -> int:
        """What images cost in cash this month, by the waterfall, with further charges or without."""
        month = f"{self.day:%Y-%m}"
        fixed = list(self.background_charges())
        with_images = waterfall(
            map(credit_pool, self.credits), [*fixed, *self.charges, *more], months=[month]
        )
        images_before = [charge for charge in self.charges if charge.month < month]
        without = waterfall(map(credit_pool, self.credits), [*fixed, *images_before], months=[month])
        return with_images.out_of_pocket[month] - without.out_of_pocket[month]

    def background_charges(self) -> Iterator[Charge]:
        first, last = self.start or f"{self.day:%Y-%m}", f"{self.day:%Y-%m}"
        day = date.fromisoformat(f"{first}-01")
        while f"{day:%Y-%m}" <= last:
            for spend in self.background:
                yield Charge(
                    f"{day:%Y-%m}", spend.product, spend.usd_per_month, spend.entity, kind=spend.kind
                )
            day = (day + timedelta(32)).replace(day=1)

    def room_for(self, model_id: str) -> int:
        """The most that can still be held for the model today, found by asking the ledger."""
        low, high = 0, sum(credit.balance_usd for credit in self.credits)
        card = BOOK.card(model_id)
        terms = self.room.terms(card, self.day)
        rooms = []
        for name in self.room.counters(card):
            status = self.ledger.status(name)
            ceiling = terms.ceilings.get(name)
            rooms.append((status.limit if ceiling is None else min(ceiling, status.limit)) - status.exposure)
        return max(low, min(high, *rooms))


POOLS = st.lists(
    st.builds(
        lambda number, micros, expires, third, products: (micros, expires, third, products),
        st.integers(),
        st.integers(0, 400),
        st.sampled_from(["2026-03-10", "2026-03-31", "2026-04-20", "2026-12-31", None]),
        st.sampled_from(["yes", "no", "unknown"]),
        st.sampled_from([("*",), BEDROCK, (EC2,), (EC2, *BEDROCK)]),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda rows: [
        credit(f"p{index}", micros, expires, third, products)
        for index, (micros, expires, third, products) in enumerate(rows)
    ]
)
SPENDS = st.lists(
    st.tuples(st.sampled_from([CORE, TITAN]), st.integers(1, 150), st.sampled_from([0, 0, 1, 6, 20])),
    max_size=12,
)
BACKGROUND = st.sampled_from(
    [
        (),
        (BackgroundSpend(EC2, Micros(90)),),
        (BackgroundSpend(EC2, Micros(31)), BackgroundSpend("AWS Support", Micros(50), kind="support")),
    ]
)


@settings(max_examples=300, deadline=None)
@given(POOLS, BACKGROUND, SPENDS)
def test_no_image_ever_costs_cash(
    pools: list[Credit], background: tuple[BackgroundSpend, ...], spends: list[tuple[str, int, int]]
) -> None:
    """Whatever the pools cover, whenever they expire, whatever else is on the bill: images add no cash."""
    spender = Spender(pools, background)
    for model_id, amount, days in spends:
        spender.day += timedelta(days)
        spender.spend(model_id, amount)
        assert spender.cash() == 0


@settings(max_examples=300, deadline=None)
@given(POOLS, BACKGROUND, SPENDS, st.sampled_from([CORE, TITAN]))
def test_room_ends_where_cash_begins(
    pools: list[Credit],
    background: tuple[BackgroundSpend, ...],
    spends: list[tuple[str, int, int]],
    model_id: str,
) -> None:
    """Where AWS's order wastes nothing, one micro-dollar more than the room is paid in cash."""
    spender = Spender(pools, background)
    for spent_on, amount, days in spends:
        spender.day += timedelta(days)
        spender.spend(spent_on, amount)
    room = spender.room_for(model_id)
    seller = seller_of(BOOK.card(model_id))
    assert spender.cash(seller.charge(spender.day, room)) == 0
    if spender.room.open(spender.day).caps.exact:
        assert spender.cash(seller.charge(spender.day, room + 1)) == 1


@settings(max_examples=200, deadline=None)
@given(POOLS, st.lists(st.integers(1, 150), max_size=8), st.sampled_from([CORE, TITAN]))
def test_one_kind_of_model_spends_every_micro_dollar(
    pools: list[Credit], spends: list[int], model_id: str
) -> None:
    """With images of one seller and nothing else on the bill the room is exact whatever the order of the pools."""
    spender = Spender(pools)
    for amount in spends:
        spender.spend(model_id, amount)
    seller, room = seller_of(BOOK.card(model_id)), spender.room_for(model_id)
    assert spender.cash(seller.charge(spender.day, room)) == 0
    assert spender.cash(seller.charge(spender.day, room + 1)) == 1


POC = credit("poc", 75, "2026-11-30", "unknown", BEDROCK)
ACTIVATE = credit("activate", 103, "2028-05-31")


@pytest.mark.parametrize(
    ("pools", "model_id", "calls", "left"),
    [
        ([POC, ACTIVATE], CORE, 14, 5),
        ([POC, ACTIVATE], TITAN, 25, 3),
        ([ACTIVATE, credit("late", 75, None, "no", BEDROCK)], TITAN, 25, 3),
        ([POC], CORE, 0, 0),
        ([credit("gone", 500, "2026-03-01")], CORE, 0, 0),
        ([credit("today", 50, "2026-03-02")], CORE, 7, 1),
        ([credit("issued this month", 50, None, starts="2026-03-20")], CORE, 7, 1),
        ([credit("next month", 50, None, starts="2026-04-01")], CORE, 0, 0),
    ],
)
def test_calls_stop_where_credits_end(pools: list[Credit], model_id: str, calls: int, left: int) -> None:
    """At seven micro-dollars a call: what covers the model, today, to the last call; then what is left is said."""
    body = amazon() if model_id == TITAN else None
    with guarded(NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS]) as setting:
        for _ in range(calls):
            assert setting.said(model_id, body)["budgets"] == ["no-cash"]
        with pytest.raises(BudgetExceeded, match="credits can still pay; nothing was sent") as raised:
            setting.invoke(model_id, body)
        assert (raised.value.budget, raised.value.wanted, raised.value.room) == ("no-cash", 7, left)
        assert raised.value.resets_at is None
        assert setting.images_billed == calls


def test_the_guard_stops_where_the_plan_says_credits_end() -> None:
    """The plan pays its first cash at the 101st image of the month, next to other spend; the guard sends a hundred."""
    text = """
        start: 2026-12
        background_spend: [{{product: Amazon Elastic Compute Cloud, usd_per_month: 1.00}}]
        credits: [{{name: activate, balance_usd: 5.03, starts: 2026-06-01, expires: 2028-05-31, bedrock_third_party: yes}}]
        budgets: [{{name: no-cash, limit: credits}}]
        pipelines: [{{name: p, assets_per_month: {}, stages: [{{name: s, model: "stability.stable-image-core-v1:1"}}]}}]
    """
    cash = {assets: planned(text.format(assets)).projection.totals.out_of_pocket for assets in (100, 101)}
    assert cash == {100: 0, 101: usd("0.01")}
    scenario = planned(text.format(100)).scenario
    with Guard.from_scenario(scenario, "memory://", clock=Clock(at("2026-12-05T00:00:00"))) as guard:
        (status,) = guard.status()
        assert (status.room, status.limit) == (usd("4.03"), usd("4.03"))
        assert status.room // usd("0.04") == 100


def test_two_kinds_of_models_share_what_both_may_draw() -> None:
    """Titan's calls take the Bedrock-only pool first, so the other one stays for Stability's."""
    with guarded(NO_CASH, credits=[POC, ACTIVATE], price_overrides=[SEVEN_MICROS]) as setting:
        for _ in range(10):
            setting.invoke(TITAN, amazon())
        for _ in range(14):
            setting.invoke(CORE)
        with pytest.raises(BudgetExceeded):
            setting.invoke(CORE)
        setting.invoke(TITAN, amazon())
        with pytest.raises(BudgetExceeded):
            setting.invoke(TITAN, amazon())
        assert setting.spent("no-cash") == (175, 0)


def test_the_status_tells_what_each_seller_has_left() -> None:
    """Seventy for AWS's own models alone: there is room, and every call to a Marketplace model is refused."""
    own = [credit("own", 70, None, "no", BEDROCK)]
    with guarded(NO_CASH, credits=own, price_overrides=[SEVEN_MICROS]) as setting:
        (status,) = setting.guard.status()
        assert (status.room, status.state) == (70, "partly_exhausted")
        assert status.by_seller == {"Amazon Bedrock": 70, "AWS Marketplace": 0}
        with pytest.raises(BudgetExceeded):
            setting.invoke(CORE)
        for left in (63, 56):
            setting.invoke(TITAN, amazon())
            assert setting.guard.status()[0].by_seller["Amazon Bedrock"] == left
        for _ in range(8):
            setting.invoke(TITAN, amazon())
        (status,) = setting.guard.status()
        assert (status.room, status.state) == (0, "exhausted")


def test_sellers_a_budget_does_not_count_say_nothing_about_it() -> None:
    own = [credit("own", 70, None, "no", BEDROCK)]
    amazons = budget(None, "no-cash", models=["amazon.*"])
    stabilitys = budget(None, "no-cash", models=["stability.*"])
    for each, told in (
        (amazons, ({"Amazon Bedrock": 70}, "ok")),
        (stabilitys, ({"AWS Marketplace": 0}, "exhausted")),
        (budget(), ({}, "ok")),
    ):
        with guarded(each, credits=own, price_overrides=[SEVEN_MICROS]) as setting:
            (status,) = setting.guard.status()
            assert (status.by_seller, status.state) == told


def test_each_seller_has_what_a_call_may_still_cost_where_pools_are_shared() -> None:
    """A pool for all is drawn by whoever comes first: what a status says a seller has left is held, and no more."""
    pools = [credit("all", 60, "2026-12-31"), credit("own", 50, None, "no", BEDROCK)]
    with guarded(NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS]) as setting:
        setting.invoke(CORE)
        for _ in range(7):
            setting.invoke(TITAN, amazon())
        (status,) = setting.guard.status()
        assert all(room < 7 for room in status.by_seller.values())
        with pytest.raises(BudgetExceeded):
            setting.invoke(TITAN, amazon())


def test_an_early_pool_for_all_is_not_emptied_by_models_a_later_one_pays() -> None:
    """Sixty for all, then fifty for AWS's own: once Titan draws more than the first holds, Stability has nothing."""
    pools = [credit("all", 60, "2026-12-31"), credit("own", 50, None, "no", BEDROCK)]
    with guarded(NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS]) as setting:
        setting.invoke(CORE)
        for _ in range(7):
            setting.invoke(TITAN, amazon())
        with pytest.raises(BudgetExceeded):
            setting.invoke(TITAN, amazon())
    with guarded(NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS]) as setting:
        for _ in range(15):
            setting.invoke(TITAN, amazon())
        with pytest.raises(BudgetExceeded):
            setting.invoke(CORE)


def test_a_hold_beside_one_made_under_older_terms_is_taken_back() -> None:
    """A ledger over shards may grant both at once; each of them looks again once it holds."""
    spender = Spender([credit("all", 60, "2026-12-31"), credit("own", 50, None, "no", BEDROCK)])
    titan, core = BOOK.card(TITAN), BOOK.card(CORE)
    alone = spender.room.terms(titan, spender.day)
    assert spender.spend(TITAN, 7)
    beside = spender.room.terms(core, spender.day)
    assert (alone.ceilings["no-cash"], beside.ceilings["no-cash"]) == (110, 60)
    spender.ledger.hold("beside", Micros(7), spender.room.counters(core))
    assert spender.room.still_right(beside, core, spender.day)
    spender.ledger.hold("alone", Micros(47), spender.room.counters(titan))
    assert not spender.room.still_right(beside, core, spender.day)
    assert not spender.room.still_right(alone, titan, spender.day)
    spender.ledger.void("alone")
    assert spender.room.still_right(beside, core, spender.day)


def test_what_was_spent_in_earlier_months_is_gone() -> None:
    """Draws of March and the expiry in April leave their mark on May, and on the next start."""
    pools = [credit("spring", 70, "2026-04-15"), credit("rest", 35, None)]
    clock = Clock(at("2026-03-05T00:00:00"))
    with open_ledger("memory://", clock=clock) as ledger:
        with guarded(
            NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS], clock=clock, ledger=ledger
        ) as setting:
            for _ in range(5):
                setting.invoke()
            clock.now = at("2026-04-15T23:59:59")
            assert setting.guard.status()[0].room == 70
            clock.now = at("2026-04-16T00:00:00")
            assert setting.guard.status()[0].room == 35
        clock.now = at("2026-05-02T00:00:00")
        with guarded(
            NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS], clock=clock, ledger=ledger
        ) as setting:
            for _ in range(5):
                setting.invoke()
            with pytest.raises(BudgetExceeded):
                setting.invoke()
        assert not ledger.verify()


def test_a_cheaper_model_is_taken_when_credits_are_short() -> None:
    """Ultra does not fit what is left of the credits, Core does."""
    with guarded(NO_CASH, credits=[credit("a", 100_000)], ladder=STABILITY_LADDER) as setting:
        assert setting.said(ULTRA)["sku"].startswith(SD35)


def test_observed_spend_is_credit_spent() -> None:
    """A week in the shadow drew on the pools all the same: enforcing goes on from there."""
    clock, pools = Clock(), [credit("a", 70)]
    with open_ledger("memory://", clock=clock) as ledger:
        with guarded(
            NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS], ledger=ledger, mode="observe", clock=clock
        ) as setting:
            says = [setting.said().get("would", "") for _ in range(11)]
            assert says == [""] * 10 + ["refuse: budget no-cash has no room"]
            assert setting.guard.status()[0].room == -7
        with (
            guarded(
                NO_CASH, credits=pools, price_overrides=[SEVEN_MICROS], ledger=ledger, clock=clock
            ) as setting,
            pytest.raises(BudgetExceeded),
        ):
            setting.invoke()
