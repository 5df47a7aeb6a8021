"""What tests share: a scenario written as text, planned; and the command line, run in process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import dedent

import pytest

from planner.cli import main
from planner.plan import Plan, make_plan
from planner.scenario_file import read_scenario
from pricing.load import load_book
from pricing.money import Micros, parse_usd

AS_OF = date(2026, 11, 22)


def usd(text: str) -> Micros:
    return parse_usd(text)


def planned(text: str) -> Plan:
    """The plan of a scenario; `text` needs only what the test is about, the rest is filled in."""
    lines = dedent(text).strip()
    for key, value in (("region", "us-west-2"), ("months", "1"), ("start", "2026-12"), ("name", "test")):
        if f"\n{key}:" not in f"\n{lines}":
            lines = f"{key}: {value}\n{lines}"
    file = read_scenario(lines + "\n", "test.yaml")
    return make_plan(file, load_book(file.scenario.price_book), as_of=AS_OF)


@dataclass(frozen=True)
class Ran:
    """What a command printed and answered."""

    code: int
    out: str
    err: str


def bursar(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Runs `bursar` with the arguments."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 2
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)


def lines_with(text: str, *words: str) -> Sequence[str]:
    return [line for line in text.splitlines() if all(word in line for word in words)]
