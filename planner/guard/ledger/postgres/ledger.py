"""The verbs of a ledger in PostgreSQL: each is one statement, and its answer is read here."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NoReturn, TypeVar
from uuid import uuid4

from planner.guard.errors import HoldConflict, LedgerUnavailable, PeriodConflict, UnknownBudget, UnknownHold
from planner.guard.ledger import Clock, Held, Lapse, Line, Offer, Refused, Resolved, Status, Stopped
from planner.guard.ledger.bookkeeping import Ask, Stamp
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.postgres.address import Address, parse_url
from planner.guard.ledger.postgres.asking import Asking, Parameter, Row
from planner.guard.ledger.postgres.reader import PostgresReader, status_of
from planner.guard.ledger.postgres.schema import prepare
from planner.guard.ledger.postgres.store import PostgresStore
from planner.guard.ledger.store import MICROSECONDS, STATES, State, Store
from planner.guard.ledger.windows import Per, per_of
from pricing.money import LARGEST, Micros

T = TypeVar("T")

SERVER_TIME = -1
"""Stands for the server's clock wherever a moment is meant."""


def open_at(url: str, *, clock: Clock, lapse: Lapse, make: bool) -> "PostgresLedger":
    address = parse_url(url)
    prepare(address, make=make)
    return PostgresLedger(address, clock, lapse)


def view_at(url: str, clock: Clock) -> "PostgresView":
    address = parse_url(url)
    prepare(address, make=False)
    return PostgresView(address, clock, "assume_billed")


class PostgresLedger(EngineLedger):
    """Any number of threads, processes and machines share one ledger."""

    def __init__(self, address: Address, clock: Clock, lapse: Lapse) -> None:
        super().__init__(clock, lapse)
        self.address = address
        self._schema = address.quoted_schema
        self._server_time = clock is time.time
        self._asking = Asking(address)
        self._reader = PostgresReader(self._asking)
        self._patience_ms = max(1, int(address.deadline_s * 1_000))

    def close(self) -> None:
        self._asking.close()

    def status(self, budget: str, *, period: str | None = None) -> Status:
        """In one round trip, and by the server's calendar unless the ledger has a clock of its own."""
        if period is not None or not self._server_time:
            return super().status(budget, period=period)
        return self._reader.status_now(budget)

    def _read(self, query: Callable[[Reader], T]) -> T:
        return query(self._reader)

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> T:
        """For what is no verb of every day: the rule works on the tables, and everyone else waits."""
        return self._asking.transact(lambda connection: rule(PostgresStore(connection, self._schema)))

    def _now(self) -> int:
        return SERVER_TIME if self._server_time else super()._now()

    def _define(self, stamp: Stamp, name: str, limit: Micros, per: Per) -> None:
        answer = self._call("define", _at(stamp), name, limit, per, stamp.tags)
        if answer[0] == "other period":
            raise PeriodConflict(name, answer[1], per)

    def _hold_first(self, ask: Ask) -> Held | Refused:
        names = sorted({name for offer in ask.offers for name in offer.budgets})
        answer = self._call(
            "hold_first",
            _at(ask.stamp),
            ask.key,
            _texts(names),
            _numbers(offer.amount for offer in ask.offers),
            _numbers(_ceiling(offer, name) for offer in ask.offers for name in names),
            ask.lease,
            ask.stamp.tags,
            self._lapse,
        )
        match answer:
            case ["not open", state]:
                raise HoldConflict(ask.key, f"is {STATES[_state(state)]}; a new call needs a new key")
            case ["other intent", asked]:
                raise HoldConflict(ask.key, f"was granted {asked} micros for other budgets or another amount")
        return _granted(ask.key, answer)

    def _extend(
        self, stamp: Stamp, key: str, extra: Micros, attempt: int | None, lease: int
    ) -> Held | Refused:
        answer = self._call(
            "extend", _at(stamp), key, extra, attempt, lease, stamp.tags, repeatable=attempt is not None
        )
        match answer:
            case ["ended", state, billed]:
                raise HoldConflict(key, f"{_ended(state, billed)}; it cannot be extended")
            case ["other attempt", last, state]:
                raise HoldConflict(
                    key, f"has its attempt {attempt} with {last} micros, {STATES[_state(state)]}"
                )
        return _granted(key, answer)

    def _settle(self, stamp: Stamp, key: str, billed: Micros) -> Resolved:
        return self._resolve(stamp, key, "settled", billed, f"it cannot be settled at {billed} micros")

    def _void(self, stamp: Stamp, key: str) -> Resolved:
        return self._resolve(stamp, key, "voided", Micros(0), "it cannot be voided")

    def _assume(self, stamp: Stamp, key: str, amount: Micros) -> Resolved:
        return self._resolve(stamp, key, "assumed", amount, "nothing about it is assumed")

    def _sweep(self, at: int, most: int) -> int:
        moment = None if at == SERVER_TIME else at
        answer = self._call("lapse_due", moment, self._lapse, most, repeatable=False)
        return int(answer[1])

    def _stop(self, stamp: Stamp, reason: str, who: str) -> None:
        self._call("switch", _at(stamp), json.dumps([who, reason]), stamp.tags)

    def _resume(self, stamp: Stamp) -> None:
        self._call("switch", _at(stamp), None, stamp.tags)

    def _claim_notice(self, stamp: Stamp, line: Line, threshold: str) -> bool:
        per, token = per_of(line.period), uuid4().hex
        answer = self._call("claim_notice", _at(stamp), *line, per, threshold, token, stamp.tags)
        if answer[0] == "other period":
            raise ValueError(f"budget {line.budget!r} has no period {line.period!r}")
        return bool(answer[1])

    def _resolve(self, stamp: Stamp, key: str, state: State, billed: Micros, otherwise: str) -> Resolved:
        answer = self._call("resolve", _at(stamp), key, state, billed, stamp.tags)
        match answer:
            case ["ended", was, before]:
                raise HoldConflict(key, f"{_ended(was, before)}; {otherwise}")
            case ["unknown hold"]:
                raise UnknownHold(key)
        _, becomes, counted, overrun = answer
        return Resolved(key, STATES[_state(becomes)], Micros(counted), Micros(overrun))

    def _call(self, verb: str, *arguments: Parameter, repeatable: bool = True) -> Row:
        """The answer of a verb; its first word says which."""
        statement = _statement(self._schema, verb, len(arguments) + 1)
        (text,) = self._asking.ask(statement, (*arguments, self._patience_ms), repeatable=repeatable)
        answer: Row = json.loads(text)
        if answer[0] == "unknown budget":
            raise UnknownBudget(answer[1])
        return answer


class PostgresView(PostgresLedger):
    """A ledger's answers without its verbs."""

    def last_seq(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return self._reader.last_seq()

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> NoReturn:
        raise LedgerUnavailable(f"{self.address}: is open for reading only")

    def _call(self, verb: str, *arguments: Parameter, repeatable: bool = True) -> NoReturn:
        raise LedgerUnavailable(f"{self.address}: is open for reading only")


def _granted(key: str, answer: Row) -> Held | Refused:
    match answer:
        case ["held", amount, offer, lease_until, rows]:
            budgets = tuple(sorted(map(status_of, rows), key=_name))
            return Held(key, Micros(amount), offer, lease_until / MICROSECONDS, budgets)
        case ["refused", wanted, budget, period, room]:
            return Refused(key, Micros(wanted), budget, period, Micros(room))
        case ["stopped", wanted, [at, [who, reason]]]:
            return Refused(key, Micros(wanted), stopped=Stopped(at / MICROSECONDS, who, reason))
        case ["unknown hold"]:
            raise UnknownHold(key)
    raise LedgerUnavailable(f"the server answered {answer[0]!r:.40}, which this version does not know")


def _ceiling(offer: Offer, name: str) -> int | None:
    """None where the offer leaves the budget out; the largest amount stands for the budget's limit."""
    if name not in offer.budgets:
        return None
    ceiling = offer.budgets[name]
    return LARGEST if ceiling is None else max(-LARGEST, min(ceiling, LARGEST))


def _numbers(numbers: Iterable[int | None]) -> str:
    """An array as PostgreSQL writes it."""
    return "{" + ",".join("NULL" if number is None else str(number) for number in numbers) + "}"


def _texts(texts: Sequence[str]) -> str:
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def _ended(state: str, billed: int) -> str:
    return "was voided" if state == "voided" else f"was settled at {billed} micros"


def _at(stamp: Stamp) -> int | None:
    return None if stamp.at == SERVER_TIME else stamp.at


def _state(word: str) -> State:
    return next(state for state in STATES if state == word)


def _name(status: Status) -> str:
    return status.budget


@lru_cache(maxsize=64)
def _statement(schema: str, verb: str, parameters: int) -> bytes:
    places = ", ".join(f"${number}" for number in range(1, parameters + 1))
    return f"CALL {schema}.{verb}({places})".encode()
