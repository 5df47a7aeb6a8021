"""The rows of a ledger in DynamoDB while rules run over them: what was read, and what shall be written.

Nothing is locked. Every transaction that writes moves the number of the newest entry, kept in the head, and is
written only if that number is still the one it began with: then whatever was read since had not changed either. So
the head is always known before anything else is read, never together with it, and all that has been written is one
sequence without gaps.
"""

import json
from collections.abc import Iterable
from typing import Any

from planner.guard.errors import LedgerError, LedgerUnavailable
from planner.guard.ledger import Line, Status, Stopped
from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.bookings import Bookings
from planner.guard.ledger.dynamodb.items import HEAD, TURN, Item, Key
from planner.guard.ledger.dynamodb.table import MOST_ACTIONS, Deadline, Table, delete, put
from planner.guard.ledger.store import MICROSECONDS, Draft, Look, Record
from planner.guard.ledger.windows import Per
from pricing.money import Micros

_SWEPT_AT_ONCE = 15
"""Lapsing a hold takes four writes and its counters'; with this many room is left for a hold."""


class Full(Exception):
    """No more holds can be swept in this transaction; what it has done so far stands."""


class Transaction:
    """A `Store` over one moment of the table; `actions` turns what the rules did into one write."""

    def __init__(
        self,
        table: Table,
        bookings: Bookings,
        deadline: Deadline,
        *,
        head: Item,
        likely: Iterable[Key] = (),
    ) -> None:
        """`head` was read before anything else; `likely` are items that the rules will ask for."""
        self._table = table
        self._bookings = bookings
        self._deadline = deadline
        self._read: dict[Key, Item | None] = {HEAD: head}
        self._written: dict[Key, Item | None] = {}
        """None for an item that shall be gone."""
        self._swept = 0
        self.first_seq = int(self.head["n"]) + 1
        self._load(likely)

    @property
    def turn(self) -> Item | None:
        """Who shall write next; None where nobody ever asked for a turn."""
        return self._item(TURN)

    @property
    def wrote(self) -> bool:
        """Something was appended; a corrected earliest lease alone is not worth a write."""
        return int(self.head["n"]) >= self.first_seq

    def mark(self) -> tuple[dict[Key, Item | None], int]:
        """For `revert`."""
        return dict(self._written), self._swept

    def revert(self, mark: tuple[dict[Key, Item | None], int]) -> None:
        self._written, self._swept = mark

    def sweep_nothing(self) -> None:
        """Holds whose lease has run out are left to another transaction; a rule that asks for them raises `Full`."""
        self._swept = _SWEPT_AT_ONCE

    @property
    def too_large(self) -> bool:
        return len(self._written) > MOST_ACTIONS

    def actions(self, token: str, turn: str) -> list[dict[str, Any]]:
        """The write, on condition that the head has not moved; its first entry and the head carry the token.

        The head says that the turn was used, if it was this process's.
        """
        name = self._table.place.table
        first = items.entry_key(self.first_seq)
        written = {**self._written, first: {**(self._written[first] or {}), "token": token}}
        head = written.pop(HEAD)
        if head is None:
            raise AssertionError("every write moves the head")
        condition = {
            "ConditionExpression": "n = :n",
            "ExpressionAttributeValues": {":n": {"N": str(self.first_seq - 1)}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        moved = put(name, items.to_wire({**head, "token": token, **({"served": turn} if turn else {})}))
        moved["Put"].update(condition)
        return [
            moved,
            *(put(name, items.to_wire(item)) if item else delete(name, key) for key, item in written.items()),
        ]

    def per(self, budget: str) -> Per | None:
        found = self._item(items.budget_key(budget))
        return None if found is None else found["per"]  # type: ignore[return-value]

    def limit(self, budget: str) -> Micros:
        return Micros(int(self._known(items.budget_key(budget))["limit_micros"]))

    def whole(self, budget: str) -> Micros:
        """The limit that the budget's own is a share of."""
        return Micros(int(self._known(items.budget_key(budget)).get("whole", self.limit(budget))))

    def put_budget(self, budget: str, limit: Micros, per: Per, whole: Micros | None = None) -> None:
        partition, sort = items.budget_key(budget)
        share = {} if whole is None else {"whole": whole}
        self._put({"p": partition, "s": sort, "limit_micros": limit, "per": per, **share})

    def put_share(self, line: Line, share: Micros, whole: Micros) -> None:
        """The budget's share in one of its periods, in place of what all periods begin with."""
        partition, sort = items.line_key(line)
        now = self._item((partition, sort)) or dict.fromkeys(items.COUNTERS, 0)
        self._put({**now, "p": partition, "s": sort, "share": share, "of": whole})

    def booking(self, lines: tuple[Line, ...]) -> int:
        return self._bookings.number(lines)

    def statuses(self, booking: int) -> list[Status]:
        lines = self._bookings.lines(booking)
        self._load([key for line in lines for key in (items.budget_key(line.budget), items.line_key(line))])
        return [self._status(line) for line in lines]

    def look(self, key: str, at: int) -> Look:
        due = self.head.get("due")
        return Look(self.record(key), due is not None and int(due) <= at, self.stopped())

    def record(self, key: str) -> Record | None:
        found = self._item(items.hold_key(key))
        if found is None:
            return None
        return items.record_of(found, self._bookings.number(items.read_lines(found["lines"])))

    def overdue(self, at: int, most: int) -> list[Record]:
        """The holds whose lease has run out; raises `Full` when others must wait for the next transaction."""
        room = min(most, _SWEPT_AT_ONCE - self._swept)
        due, following = self._due(at, room + 1)
        if due and room <= 0:
            raise Full
        keys = [items.held_key(key) for key in due[:room]]
        self._load(items.hold_key(key) for key in keys)
        self._swept += len(keys)
        self._set_due(min((items.lease_of(key) for key in (*due[room:], *following)), default=None))
        return [record for key in keys if (record := self.record(key)) is not None]

    def append(self, draft: Draft) -> int:
        seq = int(self.head["n"]) + 1
        lines = () if draft.booking is None else self._bookings.lines(draft.booking)
        self._count(lines, draft)
        partition, sort = items.entry_key(seq)
        entry: dict[str, str | int | None] = {
            "p": partition,
            "s": sort,
            "at": draft.at,
            "kind": draft.kind,
            "key": draft.key,
            "amount": draft.amount,
            **draft.change._asdict(),
            "lines": items.write_lines(lines),
            "tags": draft.tags,
        }
        self._put({name: value for name, value in entry.items() if value is not None})
        self._put({**self.head, "n": seq})
        return seq

    def add(self, record: Record, seq: int) -> None:
        entry = self._known(items.entry_key(seq))
        granted = {"seq": seq, "held_at": entry["at"], "words": entry.get("tags", "{}")}
        self._put(items.item_of(record, self._bookings.lines(record.booking), granted))
        self._list(record)

    def replace(self, record: Record) -> None:
        before = self._known(items.hold_key(record.key))
        granted = {name: before[name] for name in ("seq", "held_at", "words")}
        listed = items.pending_key(items.record_of(before, record.booking))
        if listed is not None:
            self._written[listed] = None
        self._put(items.item_of(record, self._bookings.lines(record.booking), granted))
        self._list(record)

    def switch(self, stopped: Stopped | None) -> None:
        head = {name: value for name, value in self.head.items() if not name.startswith("stop_")}
        if stopped is not None:
            at = round(stopped.at * MICROSECONDS)
            head |= {"stop_at": at, "stop_who": stopped.who, "stop_reason": stopped.reason}
        self._put(head)

    def stopped(self) -> Stopped | None:
        return stopped_of(self.head)

    def claim(self, line: Line, threshold: str) -> bool:
        key = items.notice_key(line, threshold)
        if self._item(key) is not None:
            return False
        self._put({"p": key[0], "s": key[1]})
        return True

    @property
    def head(self) -> Item:
        """As the rules leave it."""
        return self._known(HEAD)

    def _status(self, line: Line) -> Status:
        return status_of(line, self._known(items.budget_key(line.budget)), self._item(items.line_key(line)))

    def _count(self, lines: Iterable[Line], draft: Draft) -> None:
        for line in lines:
            partition, sort = items.line_key(line)
            now = self._item((partition, sort)) or {}
            moved = {name: int(now.get(name, 0)) + by for name, by in draft.change._asdict().items()}
            if min(moved.values()) < 0:
                raise self._torn(f"a counter of {line.budget} in {line.period} falls below zero")
            if any(draft.change) or not now:
                self._put({**now, "p": partition, "s": sort, **moved})

    def _list(self, record: Record) -> None:
        key = items.pending_key(record)
        if key is None:
            return
        self._put({"p": key[0], "s": key[1]})
        due = self.head.get("due")
        if record.state == "open" and (due is None or record.lease_until < int(due)):
            self._set_due(record.lease_until)

    def _set_due(self, due: int | None) -> None:
        head = {name: value for name, value in self.head.items() if name != "due"}
        if due is not None:
            head["due"] = due
        if head != self.head:
            self._put(head)

    def _due(self, at: int, most: int) -> tuple[list[Key], list[Key]]:
        """Open holds, those whose lease ends first at the front: the overdue ones, and some that follow."""
        stored = self._table.query("open", most=most + len(self._written) + 1, deadline=self._deadline)
        keys = {items.key_of(item) for item in stored}
        for key, item in self._written.items():
            if key[0] == "open":
                (keys.discard if item is None else keys.add)(key)
        ordered = sorted(keys)
        overdue = [key for key in ordered if items.lease_of(key) <= at]
        return overdue, ordered[len(overdue) :]

    def _put(self, item: Item) -> None:
        self._written[items.key_of(item)] = item

    def _known(self, key: Key) -> Item:
        found = self._item(key)
        if found is None:
            raise self._torn(f"there is no item {key[0]} {key[1]}")
        return found

    def _torn(self, what: str) -> LedgerError:
        """For what cannot be of one moment: others wrote meanwhile, so it is not the last word, or it is damaged."""
        return LedgerError(f"{self._table.place}: does not add up: {what}; run bursar guard verify")

    def _item(self, key: Key) -> Item | None:
        if key in self._written:
            return self._written[key]
        self._load([key])
        return self._read[key]

    def _load(self, keys: Iterable[Key]) -> None:
        missing = [key for key in keys if key not in self._read and key not in self._written]
        if missing:
            if self._deadline.passed:
                raise LedgerUnavailable(
                    f"{self._table.place}: too slow to be asked within its deadline",
                    advice="retry with the same key",
                )
            found = self._table.get(missing, self._deadline)
            self._read.update({key: found.get(key) for key in missing})


def stopped_of(head: Item) -> Stopped | None:
    if "stop_at" not in head:
        return None
    return Stopped(int(head["stop_at"]) / MICROSECONDS, str(head["stop_who"]), str(head["stop_reason"]))


def status_of(line: Line, budget: Item, counters: Item | None) -> Status:
    held, settled, assumed, overrun = (Micros(int((counters or {}).get(name, 0))) for name in items.COUNTERS)
    limit, per = Micros(int((counters or {}).get("share", budget["limit_micros"]))), budget["per"]
    return Status(line.budget, line.period, per, limit, settled, held, assumed, overrun)  # type: ignore[arg-type]


def words_of(text: object) -> dict[str, Any]:
    """The tags of an entry or a hold."""
    words: dict[str, Any] = json.loads(str(text or "{}"))
    return words
