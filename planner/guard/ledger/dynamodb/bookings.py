"""Sets of lines by number, as the rules name them."""

from collections.abc import Iterable

from planner.guard.ledger import Line


class Bookings:
    """The numbers mean nothing outside the process."""

    def __init__(self) -> None:
        self._lines: list[tuple[Line, ...]] = []
        self._numbers: dict[tuple[Line, ...], int] = {}

    def number(self, lines: tuple[Line, ...]) -> int:
        if lines not in self._numbers:
            self._numbers[lines] = len(self._lines)
            self._lines.append(lines)
        return self._numbers[lines]

    def lines(self, booking: int) -> tuple[Line, ...]:
        return self._lines[booking]

    def recent(self, most: int = 8) -> Iterable[Line]:
        """Lines that the next verb is likely to ask for."""
        return dict.fromkeys(line for lines in self._lines[-most:] for line in lines)
