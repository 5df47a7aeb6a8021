"""The checker itself: it must find what is wrong, or it proves nothing of a ledger."""

import pytest

from tests.linearizable import LOST, Call, is_linearizable

FOREVER = float("inf")
ONE_THEN_TWO = [Call("hold", "a", 6, True, 0, 1), Call("hold", "b", 6, False, 2, 3)]


@pytest.mark.parametrize(
    "calls",
    [
        [],
        ONE_THEN_TWO,
        [Call("hold", "a", 6, False, 0, 3), Call("hold", "b", 6, True, 1, 2)],
        [*ONE_THEN_TWO, Call("settle", "a", 5, True, 4, 5), Call("status", "", 0, (5, 0), 6, 7)],
        [
            Call("hold", "a", 6, True, 0, 9),
            Call("status", "", 0, (0, 0), 1, 2),
            Call("status", "", 0, (0, 6), 3, 4),
        ],
        [Call("hold", "a", 6, LOST, 0, FOREVER), Call("status", "", 0, (0, 6), 1, 2)],
        [Call("hold", "a", 6, LOST, 0, FOREVER), Call("status", "", 0, (0, 0), 1, 2)],
        [*ONE_THEN_TWO[:1], Call("void", "a", 0, True, 2, 3), Call("void", "a", 0, True, 4, 5)],
    ],
)
def test_what_one_ledger_could_have_answered_is_accepted(calls: list[Call]) -> None:
    assert is_linearizable(calls, 10)


@pytest.mark.parametrize(
    "calls",
    [
        [Call("hold", "a", 6, True, 0, 1), Call("hold", "b", 6, True, 2, 3)],
        [Call("hold", "a", 6, True, 0, 3), Call("hold", "b", 6, True, 1, 2)],
        [Call("hold", "a", 6, False, 0, 1)],
        [*ONE_THEN_TWO, Call("status", "", 0, (0, 0), 4, 5)],
        [
            Call("hold", "a", 6, True, 0, 9),
            Call("status", "", 0, (0, 6), 1, 2),
            Call("status", "", 0, (0, 0), 3, 4),
        ],
        [
            Call("hold", "a", 6, LOST, 0, FOREVER),
            Call("status", "", 0, (0, 6), 1, 2),
            Call("status", "", 0, (0, 0), 3, 4),
        ],
        [*ONE_THEN_TWO[:1], Call("settle", "a", 6, True, 2, 3), Call("void", "a", 0, True, 4, 5)],
        [*ONE_THEN_TWO[:1], Call("settle", "a", 6, True, 2, 3), Call("settle", "a", 6, False, 4, 5)],
    ],
)
def test_what_no_ledger_could_have_answered_is_found(calls: list[Call]) -> None:
    """Both held though one fits; refused though there is room; a status that forgets, or goes back; a bill undone."""
    assert not is_linearizable(calls, 10)
