"""Fault scripts as text: everything code can say, and mistakes named with their place."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from planner.guard.local_bedrock import (
    ApiError,
    Drip,
    Filter,
    Hangup,
    Latency,
    Ok,
    Reset,
    Rule,
    Stall,
    Timeout,
    Truncate,
    throttle,
)
from planner.guard.local_bedrock.script import parse_script, read_script
from pricing.problems import Invalid

SCRIPT = """
latency_s: 0.5-2
seed: 7
faults:
  - {fault: throttle, times: 2}
  - {fault: ok, billed: false}
  - {fault: timeout, models: "stability.*", billed: false}
  - {fault: error, code: ModelErrorException, message: it broke}
  - {fault: filtered, what: some}
  - {fault: filtered, what: all, billed: false}
  - {fault: latency, seconds: 1-3}
  - {fault: truncate, keep: 0.9}
  - {fault: stall}
  - {fault: drip, seconds: 2}
  - {fault: hangup, times: 3, probability: 0.5}
  - {fault: reset, probability: 0.05}
"""


def test_a_script_file_says_the_same_as_code(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(SCRIPT)
    script = read_script(str(path))
    expected: Sequence[Rule] = (
        Rule(throttle(), times=2),
        Rule(Ok(billed=False)),
        Rule(Timeout(billed=False), models="stability.*"),
        Rule(ApiError("ModelErrorException", "it broke")),
        Rule(Filter("some")),
        Rule(Filter("all", bill=False)),
        Rule(Latency((1.0, 3.0))),
        Rule(Truncate(0.9)),
        Rule(Stall()),
        Rule(Drip(2.0)),
        Rule(Hangup(), times=3, probability=0.5),
        Rule(Reset(), times=None, probability=0.05),
    )
    assert script.faults == expected
    assert (script.seed, script.latency_s) == (7, (0.5, 2.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults: [{fault: throtle}]", "did you mean throttle?"),
        ("faults: [{fault: error}]", "an error needs its code"),
        ("faults: [{fault: error, code: Throttling}]", "did you mean ThrottlingException?"),
        ("faults: [{fault: reset, what: all}]", "reset has no key what: it takes billed"),
        ("faults: [{fault: latency}]", "latency needs seconds"),
        ("faults: [{fault: latency, seconds: 3-1}]", "a range such as 0.5-2, got 3-1"),
        ("faults: [{fault: drip, seconds: 1-3}]", "not a range"),
        ("faults: [{fault: ok, probability: 0}]", "must be above 0"),
        ("faults: [{fault: truncate, keep: 1}]", "below 1"),
        ("faults: [{falt: ok}]", "did you mean fault?"),
        ("faults: 5", "must be a list"),
        ("{}", "faults"),
        ("[", "the script:1:2"),
        ("", "the script"),
    ],
)
def test_a_mistake_in_a_script_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_script(text.encode())
    assert said in str(caught.value)
