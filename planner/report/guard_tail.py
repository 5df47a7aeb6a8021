"""The ledger's entries as lines a person can follow: what was held, billed, given back, refused, and why."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from planner.guard.errors import UnknownHold
from planner.guard.ledger import Entry, Hold, Kind, Tags
from planner.guard.sent import Sent, sent, sent_under
from planner.report.guard_listing import machine_cell
from planner.report.guard_words import count, iso, moment, packed, percent, usd
from planner.report.tables import Column, csv_table, markdown_table
from pricing.money import LARGEST, Micros, decimal_usd
from pricing.printable import printable
from pricing.records import record

if TYPE_CHECKING:
    from planner.scenario import Budget

REFUSED_PCT = Fraction(101)
"""The threshold under which the guard notes the first refusal of a period."""
MOST_KNOWN = 10_000
"""Calls under way whose request is remembered, so that their bills need not ask for it again."""
MOVES_MONEY: frozenset[Kind] = frozenset({"hold", "extend", "settle", "void", "assume", "lapse"})

COLUMNS = (
    Column("time (UTC)"),
    Column("kind"),
    Column("usd", "right"),
    Column("budgets"),
    Column("sku"),
    Column("note"),
    Column("key"),
)
KEYS = ("seq", "at", "kind", "key", "usd", "budgets", "sku", "downgraded_from", "note")


@record
class Told:
    """An entry with what is known of its call."""

    entry: Entry
    sent: Sent
    note: str

    @property
    def budgets(self) -> str:
        return ", ".join(line.budget for line in self.entry.lines)

    @property
    def amount(self) -> str:
        """Blank for entries that are about no money."""
        return usd(self.entry.amount) if self.entry.kind in MOVES_MONEY else ""


class Teller:
    """Tells entries, looking up the holds they are about."""

    def __init__(self, find: Callable[[str], Hold], budgets: Mapping[str, "Budget"]) -> None:
        """`find` is the ledger's; `budgets` are the scenario's, empty when none was given."""
        self._find = find
        self._budgets = budgets
        self._known: dict[str, Sent] = {}

    def tell(self, entry: Entry) -> Told:
        went = self._sent(entry)
        return Told(entry, went, "; ".join(filter(None, self._notes(entry, went))))

    def _sent(self, entry: Entry) -> Sent:
        if entry.key is None or entry.kind == "refuse":
            return _own(entry)
        went = self._known.pop(entry.key, None) or self._look_up(entry, entry.key)
        if entry.kind not in ("settle", "void") and len(self._known) < MOST_KNOWN:
            self._known[entry.key] = went
        return went

    def _look_up(self, entry: Entry, key: str) -> Sent:
        """Which offer was taken is asked only where there was more than one."""
        if entry.kind == "hold" and "offer:1" not in entry.tags:
            return sent(entry.tags, 0)
        try:
            return sent_under(self._find(key))
        except UnknownHold:
            return _own(entry)

    def _notes(self, entry: Entry, went: Sent) -> Iterator[str]:
        match entry.kind:
            case "define":
                yield _limit(entry)
            case "notice":
                yield self._noticed(entry)
            case "stop" | "resume":
                yield _by(entry.tags, "reason")
            case "refuse":
                yield _refused(entry.tags)
            case _:
                yield from _of_call(entry, went)

    def _noticed(self, entry: Entry) -> str:
        at = Fraction(str(entry.tags.get("at_pct") or 0))
        if at >= REFUSED_PCT:
            return "first call refused in this period"
        budget = self._budgets.get(entry.lines[0].budget) if entry.lines else None
        does = next((each.do for each in budget.thresholds if each.at_pct == at), "") if budget else ""
        then = ": cheaper requests from here on" if does == "downgrade" else ""
        return f"reached {percent(at)}{then}"


def _limit(entry: Entry) -> str:
    """Also the share of it that one shard has."""
    limit = "no limit" if entry.amount == LARGEST else f"limit {usd(entry.amount)}"
    share = entry.tags.get("share_micros")
    of = f"share {usd(share)} of " if isinstance(share, int) and entry.amount != LARGEST else ""
    return f"{of}{limit} per {entry.tags.get('per', '')}"


def _own(entry: Entry) -> Sent:
    return Sent(str(entry.tags.get("sku") or ""), None)


def told_text(told: Told, width: int | None) -> str:
    """One line, or a few where the terminal is narrow; None for no bound."""
    entry = told.entry
    words = (told.budgets, told.sent.sku, told.note, entry.key or "")
    head = f"{moment(entry.at)}  {entry.kind:<6}  {told.amount:>9}"
    said = [printable(word, 600) for word in words if word]
    lines = ["  ".join([head, *said])] if width is None else packed([head, *said], width - 4, indent="")
    return "\n".join([lines[0], *(f"    {line}" for line in lines[1:])]) + "\n"


def told_json(told: Told) -> dict[str, object]:
    entry, change = told.entry, told.entry.change
    return {
        "seq": entry.seq,
        "at": iso(entry.at),
        "kind": entry.kind,
        "key": entry.key,
        "usd": decimal_usd(entry.amount) if entry.kind in {*MOVES_MONEY, "define"} else None,
        "budgets": [{"budget": line.budget, "period": line.period} for line in entry.lines],
        "change": {name: decimal_usd(Micros(value)) for name, value in change._asdict().items() if value},
        "sku": told.sent.sku or None,
        "downgraded_from": told.sent.asked or None,
        "changes": told.sent.changes or None,
        "note": told.note,
        "tags": dict(entry.tags),
    }


def told_csv(told: Told) -> str:
    """One row, without its heading."""
    said = told_json(told)
    row = [machine_cell(told.budgets if key == "budgets" else said[key]) for key in KEYS]
    return csv_table(KEYS, [row])[len(heading()) :]


def heading() -> str:
    """The first line of the CSV."""
    return csv_table(KEYS, ())


def told_markdown(told: Told) -> str:
    """One row, without its heading."""
    row = (
        moment(told.entry.at),
        told.entry.kind,
        told.amount,
        told.budgets,
        told.sent.sku,
        told.note,
        told.entry.key or "",
    )
    return markdown_table(COLUMNS, [row]).splitlines(keepends=True)[-1]


def _of_call(entry: Entry, went: Sent) -> Iterator[str]:
    tags = entry.tags
    if entry.kind in ("hold", "settle", "assume") and went.asked:
        yield _downgraded(went)
    if entry.kind == "extend":
        yield "one more attempt"
    if entry.kind == "settle" and isinstance(images := tags.get("images"), int):
        yield count(images, "image")
    if entry.kind == "lapse":
        yield "outcome unknown" + ("" if entry.change.settled else ", given back")
    if entry.kind == "assume":
        yield "assumed billed"
    if tags.get("outcome") not in (None, "ok"):
        yield str(tags["outcome"])
    for name, said in (("assumed", "earlier attempts assumed billed: "), ("would", "enforcing would: ")):
        if tags.get(name) and not (entry.kind == "assume" and name == "assumed"):
            yield f"{said}{tags[name]}"
    if entry.change.overrun > 0:
        yield f"{usd(entry.change.overrun)} above what was held"
    if "adopted" in tags:
        yield f"adopted from {tags['adopted']}"
    if "who" in tags:
        yield f"by hand: {_by(tags, 'why')}"


def _downgraded(went: Sent) -> str:
    """The SKUs say what became of the model; other changes are named."""
    changes = dict.fromkeys(each for each in went.changes.split("; ") if not each.startswith("model: "))
    return f"downgraded from {went.asked}" + (f" ({', '.join(changes)})" if changes else "")


def _refused(tags: Tags) -> str:
    wanted = tags.get("wanted_micros")
    asked = f"wanted {usd(wanted)}" if isinstance(wanted, int) else "refused"
    if tags.get("refused_by") == "stop" and "room_micros" not in tags:
        return f"{asked}, and the ledger is stopped"
    room = tags.get("room_micros")
    left = f" had {usd(room)} left" if isinstance(room, int) else " had too little left"
    return f"{asked}, and {tags.get('refused_by')}{left}"


def _by(tags: Tags, why: str) -> str:
    said = tags.get(why)
    return f"{tags.get('who')}: {said}" if said else f"{tags.get('who')}"
