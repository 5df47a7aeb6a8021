"""Whether what clients saw of one budget could have happened one step at a time, each step within its call.

The search is Wing and Gong's ("Testing and Verifying Concurrent Objects", 1993): take any call that began before the
first open one ended, do it on the model, and go on; come back when its answer was another. States seen before with the
same calls left are not looked at again (Lowe, "Testing for linearizability", 2017). A call whose answer was lost may
have happened at any time after it began, or never.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Verb = Literal["hold", "settle", "void", "status"]
LOST = "lost"
"""The answer of a call nobody knows the end of."""


class Call(NamedTuple):
    """What a client asked, and heard."""

    verb: Verb
    key: str
    amount: int
    answer: object
    """`hold`: granted or not; `settle` and `void`: done or not; `status`: (settled, held); or `LOST`."""
    began: float
    ended: float
    """Infinite when the answer was lost."""


class State(NamedTuple):
    """A budget, as far as answers depend on it."""

    settled: int
    holds: frozenset[tuple[str, str, int]]
    """Key, `open`, `settled` or `voided`, and the amount held or billed."""

    @property
    def held(self) -> int:
        return sum(amount for _, state, amount in self.holds if state == "open")

    def known(self, key: str) -> tuple[str, int] | None:
        return next(((state, amount) for name, state, amount in self.holds if name == key), None)

    def with_hold(self, key: str, state: str, amount: int) -> "State":
        others = frozenset(each for each in self.holds if each[0] != key)
        before = self.known(key)
        settled = self.settled + (amount if state == "settled" and before != ("settled", amount) else 0)
        return State(settled, others | {(key, state, amount)})


EMPTY = State(0, frozenset())


def step(state: State, call: Call, limit: int) -> tuple[State, object]:
    """The rules of a ledger for one budget whose bills never exceed their holds: the state after, and the answer."""
    known = state.known(call.key)
    if call.verb == "status":
        return state, (state.settled, state.held)
    if call.verb == "hold":
        return _hold(state, call, limit)
    if known is not None and known[0] == "open":
        return state.with_hold(call.key, *_end(call)), True
    return state, known == _end(call)


def _hold(state: State, call: Call, limit: int) -> tuple[State, object]:
    known = state.known(call.key)
    if known is not None:
        return state, known == ("open", call.amount)
    if state.settled + state.held + call.amount > limit:
        return state, False
    return state.with_hold(call.key, "open", call.amount), True


def _end(call: Call) -> tuple[str, int]:
    return ("settled", call.amount) if call.verb == "settle" else ("voided", 0)


def is_linearizable(calls: Sequence[Call], limit: int) -> bool:
    """Whether some order of the calls, each between its beginning and its end, gives every answer heard."""
    calls = sorted(calls, key=lambda call: call.began)
    seen: set[tuple[int, State]] = set()
    stack: list[tuple[int, State]] = [(0, EMPTY)]
    while stack:
        done, state = stack.pop()
        left = [index for index in range(len(calls)) if not done >> index & 1]
        if all(calls[index].answer == LOST for index in left):
            return True
        first_end = min(calls[index].ended for index in left)
        for index in left:
            call = calls[index]
            if call.began > first_end:
                break
            after, answer = step(state, call, limit)
            if call.answer in (LOST, answer) and (key := (done | 1 << index, after)) not in seen:
                seen.add(key)
                stack.append(key)
        assert len(seen) < 2_000_000, "the history is too wide to be searched"
    return False


@dataclass
class Recorder:
    """Collects calls from many threads, by a clock all processes of one machine share."""

    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(
        self, verb: Verb, key: str, amount: int, ask: Callable[[], object], lost: type[Exception]
    ) -> object:
        """Asks, notes what was heard and when, and returns it."""
        began = time.monotonic()
        try:
            answer, ended = ask(), time.monotonic()
        except lost:
            answer, ended = LOST, float("inf")
        with self._lock:
            self.calls.append(Call(verb, key, amount, answer, began, ended))
        return answer
