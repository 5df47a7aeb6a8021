"""Turns of a knob that come faster than a plan can be made: made at once, so that the screen is never behind the key."""

from collections.abc import Callable
from time import perf_counter, thread_time

from textual.timer import Timer
from textual.widget import Widget

from planner.knobs import Knob

_SLOW_S = 0.05
"""Most plans are made in a fraction of it, and every one of their turns is shown."""


class Turning:
    """Turns at once after a pause; while a slow plan is turned on, as often as leaves half of the time to the keys."""

    def __init__(self, screen: Widget, make: Callable[[Knob, int], None]) -> None:
        self._screen, self._make = screen, make
        self._waiting: tuple[Knob, int] | None = None
        self._timer: Timer | None = None
        self._took_s = self._ended_at = 0.0

    def turn(self, knob: Knob, steps: int) -> None:
        if self._waiting is not None and self._waiting[0].path != knob.path:
            self.catch_up()
        before = self._waiting[1] if self._waiting else 0
        self._waiting = knob, before + steps
        if self._took_s < _SLOW_S or perf_counter() - self._ended_at > self._took_s:
            self.catch_up()
        elif self._timer is None:
            self._timer = self._screen.set_timer(self._took_s, self.catch_up)

    def catch_up(self) -> None:
        """Makes the turns that wait; call it before anything else looks at the plan or changes it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._waiting is None:
            return
        (knob, steps), self._waiting = self._waiting, None
        began = thread_time()  # what else the machine does is no reason to wait
        self._make(knob, steps)
        self._took_s, self._ended_at = thread_time() - began, perf_counter()
