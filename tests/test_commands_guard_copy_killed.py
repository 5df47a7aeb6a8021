"""`bursar guard copy` from every kind of ledger to every other, killed on its way and started again."""

import subprocess
import sys
import time
from itertools import islice, pairwise
from pathlib import Path
from random import Random

from planner.guard.ledger import Ledger, open_ledger
from planner.guard.reading import outside
from tests import dynamodb_local, postgres_server
from tests.ledger_engines import Clock, check_history, usd
from tests.test_guard_ledger_history import _everything as everything
from tests.test_guard_ledger_history import _live as live

ROOT = Path(__file__).parents[1]


def test_a_copy_killed_on_its_way_is_finished_by_the_next(tmp_path: Path) -> None:
    """Six hops, so that each engine is copied to each other one: after the last, the history is still the first."""
    kinds = ("sqlite", "postgres", "dynamodb", "sqlite", "dynamodb", "postgres", "sqlite")
    hops = [_new(kind, tmp_path / f"{number}.db") for number, kind in enumerate(kinds)]
    chance, clock = Random("copy"), Clock()
    with open_ledger(hops[0], clock=clock) as ledger:
        _live_long(ledger, clock)
        first = everything(ledger)
    for source, target in pairwise(hops):
        outside(target).make(target)
        with open_ledger(target, clock=clock) as copied, open_ledger(source, clock=clock) as original:
            _copy_and_kill(source, target, copied, at=chance.randrange(1, 230))
            brought = list(copied.entries())
            assert brought == list(islice(original.entries(), len(brought)))
            assert copied.verify() == ()
            said = _copy(source, target).communicate()[0]
            assert said.endswith("and adds up\n")
            assert everything(copied) == first
            check_history(copied)


def _new(kind: str, path: Path) -> str:
    match kind:
        case "postgres":
            return postgres_server.new_ledger()
        case "dynamodb":
            return f"{dynamodb_local.new_table()}&deadline_s=120"
        case _:
            return f"sqlite:///{path}?synchronous=NORMAL"


def _live_long(ledger: Ledger, clock: Clock) -> None:
    """A hundred and five calls, and one of everything else: more than a page."""
    ledger.define("long", usd("20"), "lifetime")
    for number in range(105):
        ledger.hold(f"call-{number:03}", usd("0.04"), ["long"], lease_s=86_400)
        if number % 10:
            ledger.settle(f"call-{number:03}", usd("0.04"))
    live(ledger, clock)


def _copy_and_kill(source: str, target: str, copied: Ledger, at: int) -> None:
    """Once the target has the entry, or the copy was faster."""
    process = _copy(source, target)
    while process.poll() is None and next(copied.entries(after=at - 1), None) is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()


def _copy(source: str, target: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "planner.cli", "guard", "copy", source, target]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
