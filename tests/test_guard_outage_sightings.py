"""What a machine last saw of a budget: never more room than there is, however the answers come in."""

from pathlib import Path

import pytest

from planner.guard.ledger import Status
from planner.guard.ledger.outage.sightings import Sighting, Sightings, newer
from tests.ledger_engines import usd


def _status(taken: str, period: str = "2026-12") -> Status:
    nothing = usd("0")
    return Status("b", period, "month", usd("10"), usd(taken), nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        pytest.param(("5", 1, 2), ("3", 3, 4), "3", id="asked after the other was answered"),
        pytest.param(("5", 1, 3), ("3", 2, 4), "5", id="both under way at once, the new one has less taken"),
        pytest.param(("3", 1, 3), ("5", 2, 4), "5", id="both under way at once, the new one has more taken"),
        pytest.param(("5", 5, 6), ("7", 1, 2), "5", id="an old answer that comes late"),
    ],
)
def test_which_of_two_answers_counts(
    old: tuple[str, float, float], new: tuple[str, float, float], kept: str
) -> None:
    before, after = (Sighting(_status(each[0]), each[1], each[2]) for each in (old, new))
    assert newer(before, after).status.settled == usd(kept)


def test_a_new_period_counts_when_two_are_under_way_at_once() -> None:
    """November's nine dollars are no reason to think that December has none left."""
    november, december = _status("9", "2026-11"), _status("1")
    assert newer(Sighting(november, 1, 3), Sighting(december, 2, 4)).status.period == "2026-12"
    assert newer(Sighting(december, 2, 4), Sighting(november, 1, 3)).status.period == "2026-12"


def test_processes_of_a_machine_tell_each_other(tmp_path: Path) -> None:
    """Of the same ledger; what the file says of another place does not count, nor does a broken file."""
    one, other = (Sightings(tmp_path / "j.seen", "here") for _ in range(2))
    one.saw([_status("4")], one.now())
    seen = other.of("b")
    assert seen is not None and seen.status == _status("4")
    assert Sightings(tmp_path / "j.seen", "elsewhere").of("b") is None
    (tmp_path / "j.seen").write_text('{"place": "here", "seen": {"b": [1, "x"]}}')
    assert Sightings(tmp_path / "j.seen", "here").of("b") is None
    assert other.of("b") == seen


def test_a_bill_above_its_hold_and_a_new_limit_count(tmp_path: Path) -> None:
    """Both are known before the ledger is asked again."""
    seen = Sightings(tmp_path / "j.seen", "here")
    seen.saw([_status("4")], seen.now())
    seen.more(["b", "unknown"], usd("0.5"))
    seen.limited("b", usd("6"))
    found = Sightings(tmp_path / "j.seen", "here").of("b")
    assert found is not None and (found.status.exposure, found.status.limit) == (usd("4.5"), usd("6"))


def test_without_its_file_a_process_knows_what_it_saw_itself(tmp_path: Path) -> None:
    seen = Sightings(tmp_path / "nowhere" / "j.seen", "here")
    seen.saw([_status("4")], seen.now())
    found = seen.of("b")
    assert found is not None and found.status.settled == usd("4")
