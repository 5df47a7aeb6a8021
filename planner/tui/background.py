"""Long work off the screen's thread: it says how far it is, and stops when asked."""

from collections.abc import Callable, Coroutine
from functools import partial
from time import monotonic
from typing import Any, Generic, ParamSpec, TypeVar

from textual.dom import DOMNode
from textual.message import Message
from textual.worker import Worker, get_current_worker

P = ParamSpec("P")
T = TypeVar("T")
_EVERY_S = 0.05


def begin(
    node: DOMNode,
    group: str,
    work: Callable[P, Coroutine[Any, Any, None]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Worker[None]:
    """Runs a coroutine function as a worker, in place of one of the same group.

    It is called when the worker starts: a coroutine made before would be lost where the screen is closed first.
    """
    return node.run_worker(partial(work, *args, **kwargs), group=group, exclusive=True)


class Cancelled(Exception):
    """The user gave the work up; whatever it made is thrown away."""


class Progressed(Message):
    """How far a task is."""

    def __init__(self, task: str, done: int, total: int | None, words: str) -> None:
        super().__init__()
        self.task, self.done, self.total, self.words = task, done, total, words


class Progress:
    """Handed to the work. Call `step` often: it is cheap, and the only place where the work can be stopped."""

    def __init__(self, task: str, post: Callable[[Message], object]) -> None:
        self._task, self._post, self._said_at = task, post, 0.0

    def step(self, done: int, total: int | None = None, words: str = "") -> None:
        """Says how far the work is; `total` is None where nobody knows. Raises `Cancelled` once the user gave up."""
        if get_current_worker().is_cancelled:
            raise Cancelled
        now = monotonic()
        if now - self._said_at >= _EVERY_S:
            self._said_at = now
            self._post(Progressed(self._task, done, total, words))


class Task(Generic[T]):
    """What to do when the work ends, on the screen's thread."""

    def __init__(self, name: str, done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
        self.name, self.done, self.failed = name, done, failed
