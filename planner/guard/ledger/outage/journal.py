"""The journal of a machine: a ledger in SQLite that stands in for one which does not answer.

Beside the tables of a ledger it keeps whose journal it is, how far it has been merged, and an account for each budget
and period: by how much its counters lag behind the ledger's (`offset`). What a budget has come to is then the journal's
counter plus the offset, and that never exceeds the budget's limit. All processes of a machine share the accounts; each
step is one transaction. When the journal is home the accounts are closed and the epoch moves on, so that a process that
has not noticed cannot spend from them any more.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from planner.guard.errors import JournalError, UnknownHold
from planner.guard.ledger import Clock, Held, Offer, Refused, Status, Tags, bookkeeping
from planner.guard.ledger.arguments import check_name, lease_micros
from planner.guard.ledger.mounts import read_mount_table
from planner.guard.ledger.outage.accounts import (
    Account,
    account_of,
    counter,
    no_room,
    open_account,
    standing,
    translated,
    translated_answer,
    translated_offer,
)
from planner.guard.ledger.outage.belonging import Place
from planner.guard.ledger.outage.journal_tables import (
    Belonging,
    Unmerged,
    adopt,
    belonging,
    claim,
    connection_of,
    needed,
    unmerged,
)
from planner.guard.ledger.outage.sightings import Sighting
from planner.guard.ledger.sqlite import SqliteLedger
from planner.guard.ledger.sqlite_file import parse_place, resolve
from planner.guard.ledger.store import MICROSECONDS, Store
from pricing.money import Micros

T = TypeVar("T")


def open_journal(url: str, clock: Clock) -> "Journal":
    """The journal at `sqlite:///path`, made if it is missing; raises `LedgerError`."""
    path, synchronous = parse_place(url.partition("://")[2])
    journal = Journal(resolve(path, read_mount_table()), synchronous, clock, "assume_billed")
    journal.touch()
    return journal


class Journal(SqliteLedger):
    """Share it between threads and processes."""

    def claim(self, place: Place, identity: str | None) -> None:
        """Make it the journal of that ledger; raises `JournalError`, with nothing written, when it is another's.

        `identity` is None when the ledger cannot be asked: then its place has to do.
        """
        self._change(lambda connection: claim(connection, place, identity, self._place))

    def adopt(self, place: Place, identity: str) -> None:
        """The operator says whose it is: a journal of a version that did not write that down."""
        self._change(lambda connection: adopt(connection, place, identity))

    @property
    def name(self) -> str:
        """Of its file."""
        return self._path.name

    @property
    def file(self) -> str:
        return self._place

    def belonging(self) -> Belonging | None:
        """None for a ledger that is no journal, or not yet."""
        return self._ask(belonging)

    def epoch(self) -> int:
        """How often it has come home."""
        found = self.belonging()
        return 0 if found is None else found.epoch

    def needed(self) -> bool:
        """Whether anything in it has not been merged."""
        return self._ask(needed)

    def unmerged(self) -> Unmerged:
        return self._ask(unmerged)

    def merged(self, seq: int) -> None:
        """The ledger has everything up to this entry."""
        self._change(
            lambda connection: connection.execute("UPDATE journal SET merged = max(merged, ?)", (seq,))
        )

    def close_accounts(self) -> None:
        """Nothing can be held here any more until somebody opens them anew."""
        self._change(_close_accounts)

    def accounts(self) -> tuple[Account, ...]:
        return self._ask(
            lambda connection: tuple(map(account_of, connection.execute("SELECT * FROM accounts")))
        )

    def spool(
        self,
        key: str,
        offers: Sequence[Offer],
        seen: Mapping[str, Sighting],
        pending: Mapping[str, int],
        *,
        epoch: int,
        lease_s: float,
        tags: Tags | None,
    ) -> Held | Refused | None:
        """A hold within the accounts, opened where they are not; answers as the ledger would. None in another epoch.

        `seen` is what the machine knows of each budget, `pending` what may have been taken of it since. Raises
        `JournalError` for a budget nobody here has ever seen.
        """
        check_name(key, "a hold's key")
        stamp, names = self._stamp(tags), {name for offer in offers for name in offer.budgets}
        ask = bookkeeping.Ask(stamp, key, offers, lease_micros(lease_s))

        def rule(store: Store) -> Held | Refused | None:
            connection = connection_of(store)
            if _epoch(connection) != epoch:
                return None
            at = stamp.at / MICROSECONDS
            wanted = {name: standing(connection, name, seen.get(name), at) for name in names}
            for account in wanted.values():
                open_account(store, stamp, account)
            offsets = {name: account.offset + pending.get(name, 0) for name, account in wanted.items()}
            translated = [translated_offer(offer, offsets, wanted) for offer in offers]
            answer = bookkeeping.hold_first(store, ask._replace(offers=translated), self._lapse)
            return translated_answer(answer, wanted)

        return self._write(rule)

    def spool_extension(
        self,
        key: str,
        extra: Micros,
        budgets: Sequence[str],
        seen: Mapping[str, Sighting],
        pending: Mapping[str, int],
        *,
        epoch: int,
        attempt: int | None,
        lease_s: float,
        tags: Tags | None,
    ) -> Held | Refused | None:
        """An extension within the accounts, of a hold of this journal or of the ledger; None in another epoch."""
        lease = lease_micros(lease_s)

        def rule(store: Store) -> Held | Refused | None:
            connection = connection_of(store)
            if _epoch(connection) != epoch:
                return None
            stamp = self._stamp(tags)
            if (stopped := store.stopped()) is not None:
                return Refused(key, extra, stopped=stopped)
            record = store.record(key)
            names = (
                list(budgets) if record is None else [each.budget for each in store.statuses(record.booking)]
            )
            wanted = {
                name: standing(connection, name, seen.get(name), stamp.at / MICROSECONDS) for name in names
            }
            for account in wanted.values():
                open_account(store, stamp, account)
            if record is None:
                offer = Offer(Micros(0), dict.fromkeys(names))
                bookkeeping.hold_first(store, bookkeeping.Ask(stamp, key, [offer], lease), self._lapse)
                record = store.record(key)
            known = attempt or (2 if record is None else record.attempts + 1)
            marked = self._stamp({**(tags or {}), "attempt": known})
            if record is None or known > record.attempts:
                refused = no_room(store, key, extra, wanted, pending)
                if refused is not None:
                    return refused
            answer = bookkeeping.extend(store, marked, key, extra, attempt=known, lease=lease)
            return translated_answer(answer, wanted)

        return self._write(rule)

    def note(self, key: str, budgets: Sequence[str]) -> None:
        """A hold of the ledger whose end can only be written here: no money is held for it."""
        try:
            self.find(key)
        except UnknownHold:
            self.hold(key, Micros(0), [], tags={"budgets": "\n".join(budgets)} if budgets else None)

    def standing(self, budget: str, seen: Sighting | None) -> Status | None:
        """The budget as the ledger was last seen and what the journal has since; None when nobody here knows it."""
        at = self._now() / MICROSECONDS
        try:
            account = self._ask(lambda connection: standing(connection, budget, seen, at))
        except JournalError:
            return None
        status = self._ask(lambda connection: counter(connection, account))
        return translated(status, account)

    def stop_seen(self) -> bool:
        """Whether it is stopped because the ledger is."""
        found = self.belonging()
        return found is not None and bool(found.stop_seen)

    def see_stop(self, who: str, reason: str) -> None:
        """The ledger is stopped, so this machine is, too, however it learns of it."""
        stamp = self._stamp({"reason": reason, "who": who})

        def rule(store: Store) -> None:
            bookkeeping.stop(store, stamp, reason, who)
            connection_of(store).execute("UPDATE journal SET stop_seen = 1")

        self._write(rule)

    def see_resumed(self) -> None:
        """The ledger says that nobody is stopped; a stop of this machine alone stays."""
        stamp = self._stamp({"who": "the ledger"})

        def rule(store: Store) -> None:
            connection = connection_of(store)
            if connection.execute("SELECT 1 FROM journal WHERE stop_seen").fetchone():
                bookkeeping.resume(store, stamp)
                connection.execute("UPDATE journal SET stop_seen = 0")

        self._write(rule)

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        self._write(lambda store: change(connection_of(store)))

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        return self._read(lambda reader: question(reader.connection))  # type: ignore[attr-defined]


def _close_accounts(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM accounts")
    connection.execute("UPDATE journal SET epoch = epoch + 1")


def _epoch(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT epoch FROM journal").fetchone()
    return int(row[0]) if row else 0
