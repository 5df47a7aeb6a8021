"""For tests of your own code under a guard: a ledger in memory, a Bedrock on loopback, and both wired to a client.

    def test_the_catalogue_stops_at_its_budget():
        with guarded("0.10") as (guard, client, endpoint):     # Core costs $0.04 an image
            with pytest.raises(BudgetExceeded):
                make_catalogue(client, pictures=3)
            assert endpoint.billed.images == 2

For pytest, a `conftest.py` with `from planner.guard.testing import bursar_guard` makes `bursar_guard` a fixture: the
same three with a $1 budget, or whatever `pytest.mark.parametrize("bursar_guard", [{"limit_usd": "0.10"}],
indirect=True)` asks for. Importing this module needs neither pytest nor boto3; `guarded` needs boto3.

Faults are scripted with `endpoint.set_faults([Timeout(), throttle()])`. A guard waits 300 s for an image unless the
client says otherwise: for a test of timeouts give `client_options={"config": Config(read_timeout=1)}`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from planner.guard.budgets import Usd, budget
from planner.guard.config import GuardConfig, of_scenario
from planner.guard.guard import Guard
from planner.guard.ledger import Clock, Lapse, Ledger, open_ledger
from planner.guard.local_bedrock import (
    ApiError,
    Billed,
    Drip,
    Fault,
    Filter,
    Hangup,
    Latency,
    LocalBedrock,
    Ok,
    Reset,
    Rule,
    Stall,
    Timeout,
    Truncate,
    throttle,
)
from planner.guard.local_bedrock.faults import Faults, Seconds
from planner.guard.settings import Settings
from planner.scenario import Budget, Policy, Rung, Scenario
from planner.scenario_file import load_scenario
from pricing.book import PriceBook
from pricing.money import Micros
from pricing.records import EMPTY

if TYPE_CHECKING:
    import pytest

    bursar_guard: Callable[..., Iterator["Guarded"]]

__all__ = [
    "ApiError",
    "Billed",
    "Drip",
    "Fault",
    "Filter",
    "Guarded",
    "Hangup",
    "Latency",
    "LocalBedrock",
    "Ok",
    "Reset",
    "Rule",
    "Stall",
    "Timeout",
    "Truncate",
    "guarded",
    "memory_ledger",
    "throttle",
]
MEMORY = "memory://"


class Guarded(NamedTuple):
    """A guard, a client it is attached to, and the endpoint that answers the client."""

    guard: Guard
    client: Any
    """A boto3 bedrock-runtime client."""
    endpoint: LocalBedrock

    @property
    def recorded(self) -> Micros:
        """What the ledger counts as billed, over all budgets, each call once; compare with `endpoint.billed`."""
        return Micros(sum(entry.change.settled for entry in self.guard.entries()))


def memory_ledger(*, clock: Clock = time.time, lapse: Lapse = "assume_billed") -> Ledger:
    """An empty ledger that lives as long as it is referred to."""
    return open_ledger(MEMORY, clock=clock, lapse=lapse)


@contextmanager
def guarded(
    limit_usd: Usd = "1.00",
    *,
    scenario: str | Path | Scenario | None = None,
    budgets: Sequence[Budget] = (),
    ladder: Sequence[Rung] = (),
    policy: Policy | None = None,
    price_book: str | Path | PriceBook | None = None,
    ledger: str | Ledger = MEMORY,
    region: str | None = None,
    faults: Faults = (),
    latency_s: Seconds = 0.0,
    as_of: date | None = None,
    tags: Mapping[str, str | int] | None = None,
    client_options: Mapping[str, object] = EMPTY,
    **settings: Unpack[Settings],
) -> Iterator[Guarded]:
    """A guard in front of a local Bedrock for as long as the `with` lasts.

    Budgets come from `scenario` (a path, or as it is) or from `budgets`; without either, one lifetime budget of
    `limit_usd` counts every call. `region` None is the scenario's, else us-west-2. Raises what `Guard` raises.
    """
    with ExitStack() as stack:
        if scenario is not None:
            _refuse_beside_scenario(budgets, ladder, policy, price_book)
            config, planned = _of_scenario(scenario)
            guard = Guard(config, ledger, **settings)
        else:
            planned, given = None, budgets or (budget("test", limit_usd, per="lifetime"),)
            guard = Guard.from_policy(given, ladder, policy, price_book, ledger=ledger, **settings)
        stack.enter_context(guard)
        where = region or planned or "us-west-2"
        endpoint = LocalBedrock(guard.config.book, where, faults=faults, latency_s=latency_s, as_of=as_of)
        stack.enter_context(endpoint)
        client = endpoint.client(**client_options)
        stack.callback(client.close)
        guard.attach(client, tags=tags)
        yield Guarded(guard, client, endpoint)


def _of_scenario(scenario: str | Path | Scenario) -> tuple[GuardConfig, str | None]:
    """What the guard enforces, and the scenario's region."""
    if isinstance(scenario, Scenario):
        return of_scenario(scenario), scenario.region
    path = Path(scenario)
    loaded = load_scenario(path).scenario
    return of_scenario(loaded, path.parent), loaded.region


def _refuse_beside_scenario(*given: object) -> None:
    if any(given):
        raise ValueError(
            "a scenario brings its own budgets, ladder, policy and price book; give one or the others"
        )


def _bursar_guard(request: "pytest.FixtureRequest") -> Iterator[Guarded]:
    """A guard, a guarded client and a local Bedrock; parametrize it indirectly with the arguments of `guarded`."""
    with guarded(**getattr(request, "param", {})) as each:
        yield each


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """pytest is imported by those who ask for the fixture."""
        if name != "bursar_guard":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import pytest

        return pytest.fixture(name=name)(_bursar_guard)
