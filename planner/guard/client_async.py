"""The same events on aiobotocore's clients: whatever may ask the ledger does so in a thread, and the event loop goes on.

aiobotocore awaits what a handler of any of its events returns. A task that is cancelled while it waits hears of it at
once. What its thread is at goes on without it: a settlement is written in full, a hold is given back. No event tells
of a task cancelled later; until its request is signed, which may take a visit to the credentials' source, the end of
its context does, and from there on the request may have left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from planner.guard.bodies import read_through_async, reads_async
from planner.guard.call import Call, Passed
from planner.guard.client import Asking, Handlers, Response, veto
from planner.guard.errors import LedgerUnavailable
from planner.guard.hooks import SIGNED, Context, Request
from planner.guard.log import log
from planner.guard.outcomes import NOT_SENT
from planner.guard.threads import Threads

if TYPE_CHECKING:
    from concurrent.futures import Future

    from planner.guard.admission import Admission
    from planner.guard.settlement import Settlement

T = TypeVar("T")


class AsyncHandlers(Handlers):
    """One guard's ears on one aiobotocore client or session."""

    def __init__(
        self,
        name: str,
        admission: "Admission",
        settlement: "Settlement",
        added: Mapping[str, str],
        threads: Threads,
    ) -> None:
        super().__init__(name, admission, settlement, added)
        self._threads = threads

    def events(self) -> tuple[tuple[str, Any], ...]:
        return (*super().events(), (SIGNED, self.signed))

    def signed(self, request: Request, **_: object) -> None:
        """A request is about to leave."""
        call = request.context.get(self._own)
        if isinstance(call, Call):
            call.signed = True

    def _admit(self, params: dict[str, Any], context: Context) -> Awaitable[None] | None:
        asking = self._asking(params, context)
        return None if asking is None else self._hold(asking, params, context)

    async def _hold(self, asking: Asking, params: dict[str, Any], context: Context) -> None:
        ask = Ask(partial(self._admission.admit, *asking), self._not_sent, self._threads)
        call = await ask.answer()
        self._admitted(call, params, context)
        if isinstance(call, Call):
            context[f"{self._own} unsent"] = Unsent(call, self._give_back)

    def _give_back(self, call: Call) -> None:
        self._threads.start(partial(self._not_sent, call))

    def _not_sent(self, call: Call) -> None:
        self._settlement.ended(call, NOT_SENT)

    def _begin_attempt(self, call: Call) -> Awaitable[None] | None:
        if call.veto is not None or self._settlement.paid_for(call):
            return super()._begin_attempt(call)
        return self._extend_and_begin(call)

    async def _extend_and_begin(self, call: Call) -> None:
        await self._elsewhere(partial(self._settlement.may_retry, call))
        super()._begin_attempt(call)

    def _try_again(
        self, call: Call, outcome: str, response: Response | None, caught: Exception | None
    ) -> Awaitable[bool | None] | bool | None:
        if self._settlement.paid_for(call):
            return None
        return self._extend_and_try(call, outcome, response, caught)

    async def _extend_and_try(
        self, call: Call, outcome: str, response: Response | None, caught: Exception | None
    ) -> bool | None:
        held = await self._elsewhere(partial(self._settlement.may_retry, call))
        return None if held else veto(call, outcome, response, caught)

    async def _answered(self, call: Call, parsed: dict[str, Any]) -> None:
        if not reads_async(parsed.get("body")):
            await self._elsewhere(partial(super()._answered, call, parsed))
            return
        body, parsed["body"] = await read_through_async(parsed["body"])
        await self._elsewhere(partial(self._settle, call, parsed, body))

    async def _refused(self, call: Call, parsed: dict[str, Any], outcome: str) -> None:
        await self._elsewhere(partial(super()._refused, call, parsed, outcome))

    async def _ended(self, call: Call, outcome: str) -> None:
        await self._elsewhere(partial(super()._ended, call, outcome))

    async def _elsewhere(self, work: Callable[[], T]) -> T:
        """The work's answer; it is done to its end though the task that waits for it be cancelled."""
        done = self._threads.start(work)
        await _finished(done)
        return done.result()


class Ask:
    """A hold asked for in a thread. The task that wants it takes it, or it is given back: never both, never neither."""

    def __init__(
        self, admit: Callable[[], Call | Passed], give_back: Callable[[Call], None], threads: Threads
    ) -> None:
        self._admit = admit
        self._give_back = give_back
        self._threads = threads
        self._lock = Lock()
        self._granted: Call | None = None
        self._withdrawn = False

    async def answer(self) -> Call | Passed:
        """Raises as `admit` does, and `LedgerUnavailable` when the guard is closed meanwhile: nothing was sent."""
        self._threads.unclaimed.add(self)
        done = self._threads.start(self._ask)
        try:
            await _finished(done, self.withdraw)
        except GeneratorExit:
            raise  # from the garbage collector, amid any other work: closing the guard gives it back
        except BaseException:
            self.withdraw()
            raise
        return self._take(done)

    def withdraw(self) -> None:
        """Nobody wants it any more; no effect once it is taken."""
        with self._lock:
            granted, self._granted = self._granted, None
            self._withdrawn = True
        self._threads.unclaimed.discard(self)
        if granted is not None:
            self._threads.start(partial(self._give_back, granted))

    def _ask(self) -> Call | Passed | None:
        if self._withdrawn:
            return None
        answer = self._admit()
        if isinstance(answer, Passed):
            return answer
        with self._lock:
            if not self._withdrawn:
                self._granted = answer
                return answer
        self._give_back(answer)
        return None

    def _take(self, done: "Future[Call | Passed | None]") -> Call | Passed:
        self._threads.unclaimed.discard(self)
        with self._lock:
            withdrawn, self._granted = self._withdrawn, None
        answer = done.result()
        if answer is None or withdrawn:
            raise LedgerUnavailable("the guard was closed while its ledger was asked; nothing was sent")
        return answer


class Unsent:
    """Rides in a call's context, and gives its hold back when the call is dropped before a request was signed."""

    __slots__ = ("_call", "_give_back", "_loop")

    def __init__(self, call: Call, give_back: Callable[[Call], None]) -> None:
        self._call = call
        self._give_back = give_back
        self._loop = asyncio.get_running_loop()

    def __del__(self) -> None:
        """Leaves the work to the loop: a finalizer may run amid anything."""
        if self._call.signed or self._call.over:
            return
        try:
            self._loop.call_soon_threadsafe(self._give_back, self._call)
        except RuntimeError:
            log().debug("hold %s is left to lapse: its event loop is closed", self._call.key)


async def _finished(done: "Future[T]", nobody_waits: Callable[[], None] | None = None) -> None:
    """Returns once it is done. `nobody_waits` is called when the loop is closed by then."""
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()

    def wake(_: object) -> None:
        try:
            loop.call_soon_threadsafe(_release, waiter)
        except RuntimeError:
            if nobody_waits is not None:
                nobody_waits()

    done.add_done_callback(wake)
    await waiter


def _release(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
