"""The ledger in a DynamoDB table that any number of machines share."""

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from itertools import chain, count
from typing import TypeVar

from planner.guard.errors import LedgerError, LedgerUnavailable
from planner.guard.ledger import Clock, Lapse
from planner.guard.ledger.dynamodb import heads, items, sending
from planner.guard.ledger.dynamodb.bookings import Bookings
from planner.guard.ledger.dynamodb.items import HEAD, TURN
from planner.guard.ledger.dynamodb.place import DynamoPlace, parse_place
from planner.guard.ledger.dynamodb.reader import DynamoReader
from planner.guard.ledger.dynamodb.table import Deadline, Table
from planner.guard.ledger.dynamodb.transaction import Full, Transaction
from planner.guard.ledger.dynamodb.turns import LOOK_AGAIN_S, PATIENT_FOR, Turns
from planner.guard.ledger.engine import EngineLedger, Reader
from planner.guard.ledger.forks import survive_forks
from planner.guard.ledger.group_commit import Batch, GroupCommit, Ticket
from planner.guard.ledger.store import Store

T = TypeVar("T")


def open_dynamodb(place: str, *, clock: Clock, lapse: Lapse) -> EngineLedger:
    """The ledger of what follows `dynamodb://` in a URL; raises `LedgerUnavailable` when the table is not there."""
    parsed = parse_place(place)
    if parsed.shards:
        from planner.guard.ledger.dynamodb.sharded import open_sharded  # it costs only who asks for it

        return open_sharded(parsed, clock, lapse)
    ledger = DynamoLedger(parsed, clock, lapse)
    ledger.touch()
    return ledger


class DynamoLedger(EngineLedger):
    """One transaction at a time and process: threads that arrive meanwhile share the next one."""

    page_entries = 12
    """A transaction takes a hundred items, and an entry comes with up to four and its counters."""

    def __init__(self, place: DynamoPlace, clock: Clock, lapse: Lapse) -> None:
        super().__init__(clock, lapse)
        self.place = place
        self._closed = False
        self._table: Table | None = None
        self._start()
        survive_forks(self)

    def touch(self) -> None:
        """Raises `LedgerUnavailable` for a table that is missing or of another version; begins an empty one."""
        table = self._open()
        deadline = table.deadline()
        head = table.get([HEAD], deadline).get(HEAD)
        if head is None:
            heads.begin(table, deadline)
        else:
            heads.check(head, self.place)

    def close(self) -> None:
        with self._group.alone():
            self._closed = True
            if self._table is not None:
                self._table.close()
                self._table = None

    def before_fork(self) -> None:
        self._group.begin_alone()

    def after_fork_in_parent(self) -> None:
        self._group.end_alone()

    def after_fork_in_child(self) -> None:
        """Connections belong to the parent."""
        self._start()

    def _start(self) -> None:
        self._table = None
        self._opening = threading.Lock()
        self._group: GroupCommit[Store] = GroupCommit(self._commit)
        self._bookings = Bookings()
        self._asked: set[str] = set()
        self._turns = Turns()
        self._head: items.Item | None = None
        """As the last transaction of this process left it, or found it when it was overtaken."""

    def _write(self, rule: Callable[[Store], T], key: str | None = None) -> T:
        if key is None:
            return self._group.run(rule)
        self._asked.add(key)
        try:
            return self._group.run(rule)
        finally:
            self._asked.discard(key)

    def _read(self, query: Callable[[Reader], T]) -> T:
        return query(DynamoReader(self._open()))

    def _open(self) -> Table:
        with self._opening:
            if self._closed:
                raise LedgerUnavailable(f"{self.place}: the ledger is closed")
            if self._table is None:
                self._table = self._connect()
            return self._table

    def _connect(self) -> Table:
        return Table(self.place, items.part(self.place.shard - 1) if self.place.shard else "")

    def _commit(self, batch: Batch[Store]) -> None:
        """All of the batch, in as many transactions as its items need; each part of it is done or has its error."""
        waiting = list(batch.tickets)
        while waiting:
            try:
                taken = self._transact(waiting)
            except LedgerUnavailable as error:
                taken = len(waiting)
                for ticket in waiting:
                    ticket.error = _copy(error)
            _finish(waiting[:taken])
            waiting = waiting[taken:]
        batch.done = True

    def _transact(self, tickets: Sequence[Ticket[Store]]) -> int:
        """Commit as many of the first tickets as one transaction takes; returns how many that were."""
        table = self._open()
        deadline = table.deadline()
        turn = ""
        for overtaken in count():
            if overtaken >= PATIENT_FOR:
                turn = turn or uuid.uuid4().hex
                table.write({"p": TURN[0], "s": TURN[1], "whose": turn})
            transaction = self._on_turn(table, deadline, turn)
            taken = _run(tickets, transaction)
            if self._committed(table, transaction, deadline, turn):
                self._head = transaction.head
                return taken
            sending.check(deadline, self.place)
        raise AssertionError("unreachable")

    def _on_turn(self, table: Table, deadline: Deadline, turn: str) -> Transaction:
        """Begins a transaction once nobody else is to write first."""
        while True:
            head, self._head = self._head, None
            if head is not None:
                likely = chain([TURN], self._likely())
                transaction = Transaction(table, self._bookings, deadline, head=head, likely=likely)
                if not self._turns.is_anothers(transaction.turn, head, turn):
                    return transaction
            found = table.get([HEAD, TURN], deadline)
            begun = _begun(found, self.place)
            if not self._turns.is_anothers(found.get(TURN), begun, turn):
                return Transaction(table, self._bookings, deadline, head=begun, likely=self._likely())
            sending.rest(deadline, self.place, most=LOOK_AGAIN_S)

    def _likely(self) -> Iterable[items.Key]:
        """What the verbs that wait now will want to know, so that one request brings it all."""
        lines = list(self._bookings.recent())
        asked = [items.hold_key(key) for key in self._asked.copy()]
        return chain(asked, (items.budget_key(line.budget) for line in lines), map(items.line_key, lines))

    def _committed(self, table: Table, transaction: Transaction, deadline: Deadline, turn: str) -> bool:
        """False when others wrote in between. Raises `LedgerUnavailable` when nobody says."""
        if not transaction.wrote:
            return self._unmoved(table, transaction, deadline)
        token, entry = uuid.uuid4().hex, items.entry_key(transaction.first_seq)
        conflict = sending.send(table, transaction.actions(token, turn), token, entry, deadline)
        if conflict is not None:
            self._head = conflict.found
        return conflict is None

    def _unmoved(self, table: Table, transaction: Transaction, deadline: Deadline) -> bool:
        return _begun(table.get([HEAD], deadline), self.place)["n"] == transaction.first_seq - 1


def _begun(found: Mapping[items.Key, items.Item], place: DynamoPlace) -> items.Item:
    """The head of a ledger that is there; a table can be emptied or made anew under its guards."""
    if "n" not in found.get(HEAD, {}):
        raise LedgerUnavailable(
            f"{place}: holds no ledger any more; start the guards anew, or restore the table"
        )
    return found[HEAD]


def _run(tickets: Sequence[Ticket[Store]], transaction: Transaction) -> int:
    """Run the rules one after the other; one that refuses leaves nothing behind. Returns how many were run."""
    for number, ticket in enumerate(tickets):
        mark = transaction.mark()
        ticket.error = None
        try:
            ticket.rule(transaction)
        except Full:
            return number
        except LedgerUnavailable:
            raise  # nobody's rule: what it could not read, the others cannot either
        except (LedgerError, ValueError) as error:
            transaction.revert(mark)
            ticket.error = error
        if transaction.too_large:
            transaction.revert(mark)
            if number == 0:
                ticket.error = LedgerError("one call cannot be counted in so many budgets at once")
                return 1
            return number
    return len(tickets)


def _finish(tickets: Sequence[Ticket[Store]]) -> None:
    errors = [ticket.error for ticket in tickets]
    part: Batch[Store] = Batch(tickets)
    for ticket, error in zip(tickets, errors, strict=True):
        ticket.error = error
    part.done = True


def _copy(error: LedgerUnavailable) -> LedgerUnavailable:
    """Each thread raises an error of its own."""
    copied = copy(error)
    copied.__cause__ = error
    return copied
