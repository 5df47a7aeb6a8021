"""The guard's logger, `planner.guard`; fetched when there is something to say, so that importing the guard stays light."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


@cache
def log() -> "Logger":
    from logging import getLogger

    return getLogger("planner.guard")
