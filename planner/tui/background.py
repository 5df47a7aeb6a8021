"""Long work off the screen's thread: it says how far it is, and stops when asked."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from textual.message import Message
from textual.worker import get_current_worker

T = TypeVar("T")
_EVERY_S = 0.05


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
