"""Scenarios that can be compared, each planned once, and which of them are chosen."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan import Plan, plan_file
from pricing.errors import PriceError
from pricing.problems import Invalid
from pricing.records import record, replace

if TYPE_CHECKING:
    from planner.tui.background import Progress

FEWEST, MOST = 2, 5


@record
class Entrant:
    """A scenario file and its plan, or why there is none."""

    path: Path
    plan: Plan | None
    why_not: str = ""


@record
class Chosen:
    """Which entrants are compared, by place; the base is one of them."""

    marked: tuple[int, ...] = ()
    base: int | None = None

    @property
    def in_order(self) -> tuple[int, ...]:
        """The base first, the others as they stand in the list."""
        if self.base is None:
            return self.marked
        return (self.base, *(each for each in self.marked if each != self.base))

    def toggled(self, index: int) -> "Chosen":
        """Marked or no longer marked; the base passes on to the first that is left."""
        if index not in self.marked:
            marked = tuple(sorted((*self.marked, index)))
            return Chosen(marked, index if self.base is None else self.base)
        marked = tuple(each for each in self.marked if each != index)
        return Chosen(marked, (marked[0] if marked else None) if self.base == index else self.base)

    def based_on(self, index: int) -> "Chosen":
        marked = self.marked if index in self.marked else tuple(sorted((*self.marked, index)))
        return replace(self, marked=marked, base=index)


def plan_all(
    files: Sequence[Path], as_of: date, price_book: str | None, progress: "Progress"
) -> tuple[Entrant, ...]:
    """Plans every file; runs in a thread."""
    found = []
    for number, path in enumerate(files):
        progress.step(number, len(files), path.name)
        found.append(_entrant(path, as_of, price_book))
    return tuple(found)


def first_choice(entrants: Sequence[Entrant]) -> Chosen:
    """The first two that can be planned, so that there is something to look at."""
    able = [index for index, each in enumerate(entrants) if each.plan is not None][:FEWEST]
    return Chosen(tuple(able), able[0]) if able else Chosen()


def _entrant(path: Path, as_of: date, price_book: str | None) -> Entrant:
    try:
        return Entrant(path, plan_file(str(path), as_of=as_of, price_book=price_book))
    except Invalid as error:
        first = error.problems[0] if error.problems else None
        return Entrant(path, None, first.message if first else str(error))
    except PriceError as error:
        return Entrant(path, None, str(error))
