"""Tags say what a call is for. They come from `attach(..., tags=)` and, for a stretch of code, from `tags(...)`.

A context variable carries them, so tasks inherit them and threads do not: hand a thread `tags.wrap(function)`. A call
that arrives without its tags matches no budget that asks for them, and is then up to `policy.uncovered`.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_NONE: Mapping[str, str] = MappingProxyType({})
_current: ContextVar[Mapping[str, str]] = ContextVar("bursar_tags", default=_NONE)


class tags:  # noqa: N801 - reads as the statement it is: with tags(pipeline="catalogue")
    """Tags for every call inside a `with`; inner blocks add to outer ones, and win over them."""

    __slots__ = ("_added", "_token")

    def __init__(self, **added: str | int) -> None:
        self._added = as_tags(added)
        self._token: Token[Mapping[str, str]] | None = None

    def __enter__(self) -> Mapping[str, str]:
        if self._token is not None:
            raise RuntimeError("this tags(...) is in use already; write tags(...) anew for each with")
        now = {**_current.get(), **self._added}
        self._token = _current.set(now)
        return MappingProxyType(now)

    def __exit__(self, *_: object) -> None:
        token, self._token = self._token, None
        if token is not None:
            _current.reset(token)

    @staticmethod
    def current() -> Mapping[str, str]:
        """The tags in force here."""
        return _current.get()

    @staticmethod
    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        """The function, plain or `async`, with the tags in force now, whichever thread or task calls it later."""
        from functools import wraps
        from inspect import iscoroutinefunction

        carried = _current.get()

        @wraps(function)
        def tagged(*args: P.args, **kwargs: P.kwargs) -> R:
            with _carry(carried):
                return function(*args, **kwargs)

        @wraps(function)
        async def tagged_async(*args: P.args, **kwargs: P.kwargs) -> object:
            with _carry(carried):
                return await cast(Awaitable[object], function(*args, **kwargs))

        return cast(Callable[P, R], tagged_async) if iscoroutinefunction(function) else tagged


class _carry:  # noqa: N801 - as above
    """In a `with`: exactly these tags."""

    __slots__ = ("_tags", "_token")

    def __init__(self, carried: Mapping[str, str]) -> None:
        self._tags = carried

    def __enter__(self) -> None:
        self._token = _current.set(self._tags)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def as_tags(given: Mapping[str, str | int]) -> dict[str, str]:
    """Tags as text; raises `TypeError` for a value that is neither text nor a whole number."""
    for name, value in given.items():
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise TypeError(f"tag {name!r} is {type(value).__name__}; give it text or a whole number")
    return {name: str(value) for name, value in given.items()}
