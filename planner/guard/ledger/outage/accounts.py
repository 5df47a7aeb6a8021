"""The accounts of a journal: what this machine may go on with, of each budget and period. Rules inside a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from planner.guard.errors import JournalError
from planner.guard.ledger import Held, Line, Offer, Refused, Status, bookkeeping
from planner.guard.ledger.outage.journal_tables import connection_of, unmerged
from planner.guard.ledger.outage.sightings import Sighting
from planner.guard.ledger.store import Store
from planner.guard.ledger.windows import Per, period_at
from pricing.money import LARGEST, Micros

_PUT = "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?)"


class Account(NamedTuple):
    """A budget in a period, as this machine may go on with it."""

    budget: str
    period: str
    per: Per
    limit: int
    offset: int
    """The ledger's exposure without the journal's counter of the same line."""
    seen_at: float


def standing(connection: sqlite3.Connection, budget: str, seen: Sighting | None, at: float) -> Account:
    """The account as it is, or as it would be opened; never with more room than before. Raises `JournalError`."""
    row = connection.execute("SELECT per FROM budgets WHERE name = ?", (budget,)).fetchone()
    per: Per | None = seen.status.per if seen is not None else row and row[0]
    if per is None:
        raise JournalError(
            f"this machine has never seen how budget {budget} stands, so nothing bounds the call; nothing was sent"
        )
    period = period_at(per, at)
    found = connection.execute(
        "SELECT * FROM accounts WHERE budget = ? AND period = ?", (budget, period)
    ).fetchone()
    old = found and account_of(found)
    if seen is None or (old and old.seen_at == seen.answered_at and old.limit <= seen.status.limit):
        if old:
            return old
        raise JournalError(
            f"this machine does not know how budget {budget} stands in {period}, so nothing bounds the call; "
            "nothing was sent"
        )
    taken = seen.status.exposure if seen.status.period >= period else 0
    waiting = dict(unmerged(connection).amounts).get(Line(budget, period), 0)
    offset = taken + waiting - _counted(connection, budget, period)
    fresh = Account(budget, period, per, seen.status.limit, offset, seen.answered_at)
    if not old:
        return fresh
    return fresh._replace(offset=max(offset, old.offset), limit=min(old.limit, fresh.limit))


def translated(status: Status, account: Account) -> Status:
    """The journal's counters as the ledger would show them."""
    return Status(
        status.budget,
        status.period,
        status.per,
        Micros(account.limit),
        Micros(max(0, status.settled + account.offset)),
        status.held,
        status.assumed,
        status.overrun,
    )


def translated_answer(answer: Held | Refused, accounts: Mapping[str, Account]) -> Held | Refused:
    if isinstance(answer, Refused):
        return answer
    statuses = tuple(translated(status, accounts[status.budget]) for status in answer.budgets)
    return Held(answer.key, answer.amount, answer.offer, answer.lease_until, statuses)


def open_account(store: Store, stamp: bookkeeping.Stamp, account: Account) -> None:
    """Writes the account when it is new or has changed."""
    connection = connection_of(store)
    old = connection.execute(
        "SELECT * FROM accounts WHERE budget = ? AND period = ?", (account.budget, account.period)
    ).fetchone()
    if old and account_of(old) == account:
        return
    connection.execute(_PUT, account)
    most = Micros(min(LARGEST, max(0, account.limit - account.offset)))
    bookkeeping.define(store, stamp, account.budget, most, account.per)


def translated_offer(offer: Offer, offsets: Mapping[str, int], accounts: Mapping[str, Account]) -> Offer:
    return Offer(
        offer.amount,
        {
            name: Micros(
                (accounts[name].limit if most is None else min(most, accounts[name].limit)) - offsets[name]
            )
            for name, most in offer.budgets.items()
        },
    )


def no_room(
    store: Store, key: str, extra: Micros, accounts: Mapping[str, Account], pending: Mapping[str, int]
) -> Refused | None:
    """The budget that cannot take the extension; None when all can."""
    record = store.record(key)
    for status in [] if record is None else store.statuses(record.booking):
        account = accounts[status.budget]
        room = account.limit - account.offset - pending.get(status.budget, 0) - status.exposure
        if account.period == status.period and extra > max(0, room):
            return Refused(key, extra, status.budget, status.period, Micros(room))
    return None


def account_of(row: Sequence[object]) -> Account:
    return Account(*row)  # type: ignore[arg-type]


def _counted(connection: sqlite3.Connection, budget: str, period: str) -> int:
    row = connection.execute(
        "SELECT settled + held FROM windows WHERE budget = ? AND period = ?", (budget, period)
    ).fetchone()
    return int(row[0]) if row else 0


def counter(connection: sqlite3.Connection, account: Account) -> Status:
    row = connection.execute(
        "SELECT settled, held, assumed, overrun FROM windows WHERE budget = ? AND period = ?",
        (account.budget, account.period),
    ).fetchone() or (0, 0, 0, 0)
    settled, held, assumed, overrun = map(Micros, row)
    return Status(
        account.budget, account.period, account.per, Micros(account.limit), settled, held, assumed, overrun
    )
