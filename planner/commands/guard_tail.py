"""`bursar guard tail`: the ledger's entries, and new ones as they come."""

import argparse
import json
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from planner.commands import BadUsage
from planner.commands.guard_ledger import files_of, line_width, reading, scenario_budgets
from planner.commands.output import write_parts
from planner.guard.errors import LedgerUnavailable, LedgerUnusable
from planner.guard.reading import LedgerView
from planner.report.guard_tail import (
    COLUMNS,
    Teller,
    Told,
    heading,
    told_csv,
    told_json,
    told_markdown,
    told_text,
)
from planner.report.guard_words import moment, span
from planner.report.tables import markdown_table
from pricing.printable import printable

POLL_S = 0.5
"""Between two looks at the ledger; one look that finds nothing costs it a few microseconds."""


def tail(args: argparse.Namespace) -> int:
    if args.follow and args.output is not None:
        raise BadUsage(
            "-o writes a file whole, and --follow never ends; use: bursar guard tail --follow > FILE"
        )
    budgets = {budget.name: budget for budget in scenario_budgets(args)}
    with reading(args) as ledger:
        teller = Teller(ledger.find, budgets)
        last = ledger.last_seq()
        first = max(0, last - args.lines)
        shown = (teller.tell(entry) for entry in ledger.entries(after=first) if entry.seq <= last)
        if not args.follow:
            write_parts(args, _whole(args, shown), inputs=files_of(args))
            return 0
        _follow(args, ledger, teller, shown, last)
    return 0


def _whole(args: argparse.Namespace, shown: Iterable[Told]) -> Iterator[str]:
    if args.format == "json":
        yield json.dumps([told_json(told) for told in shown], indent=2, ensure_ascii=False) + "\n"
        return
    yield _begin(args)
    yield from map(_writer(args), shown)


def _follow(
    args: argparse.Namespace, ledger: LedgerView, teller: Teller, shown: Iterable[Told], last: int
) -> None:
    """Ends with Ctrl-C, or when nobody reads the output any more; a ledger that does not answer is asked again."""
    write, wait, silence = _writer(args), _waiter(), Silence()
    sys.stdout.write(_begin(args))
    while True:
        try:
            for told in shown:
                sys.stdout.write(write(told))
                last = max(last, told.entry.seq)
            silence.ended()
        except LedgerUnusable:
            raise
        except LedgerUnavailable as error:
            silence.goes_on(error)
        sys.stdout.flush()
        wait()
        shown = map(teller.tell, ledger.entries(after=last))


class Silence:
    """A ledger that does not answer: said once when that begins, and once when it ends."""

    def __init__(self) -> None:
        self._since: float | None = None

    def goes_on(self, error: LedgerUnavailable) -> None:
        if self._since is None:
            self._since = time.time()
            _say(f"no answer since {moment(self._since)} UTC: {error.what}; asking again")

    def ended(self) -> None:
        if self._since is not None:
            _say(f"answers again after {span(time.time() - self._since)}")
            self._since = None


def _say(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"bursar: {printable(text, 600)}\n")
    sys.stderr.flush()


def _begin(args: argparse.Namespace) -> str:
    return {"csv": heading(), "markdown": markdown_table(COLUMNS, ())}.get(args.format, "")


def _writer(args: argparse.Namespace) -> Callable[[Told], str]:
    if args.format == "table":
        width = line_width(args)
        return lambda told: told_text(told, width)
    return {"csv": told_csv, "markdown": told_markdown, "json": _json_line}[args.format]


def _json_line(told: Told) -> str:
    return json.dumps(told_json(told), ensure_ascii=False) + "\n"


def _waiter() -> Callable[[], None]:
    """Waits for the next look; raises `BrokenPipeError` as soon as the reader of the output has gone."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return lambda: time.sleep(POLL_S)
    poll = select.poll()
    poll.register(descriptor, 0)

    def wait() -> None:
        for _, event in poll.poll(POLL_S * 1_000):
            if event & (select.POLLERR | select.POLLHUP):
                raise BrokenPipeError
            time.sleep(POLL_S)

    return wait
