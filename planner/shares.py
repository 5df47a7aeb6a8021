"""Stages that share the assets of a pipeline among them: a mix of two models or qualities, such as 30 % and 70 %."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from planner.scenario import Stage

WHOLE: Final = Fraction(100)


def mixes(shares: Sequence[Fraction]) -> list[range]:
    """Places of the shares that belong together: cut wherever those so far come to 100; a rest that does not comes last."""
    found, start, taken = [], 0, Fraction(0)
    for place, share in enumerate(shares):
        taken += share
        if taken == WHOLE:
            found.append(range(start, place + 1))
            start, taken = place + 1, Fraction(0)
    if start < len(shares):
        found.append(range(start, len(shares)))
    return found


def pairs(stages: Sequence[Stage], tasks: Sequence[str]) -> dict[int, int]:
    """Two stages of one task whose shares come to 100: the place of the first, and of the one that takes the rest.

    `tasks` says what each stage does; stages of other tasks may stand between the two.
    """
    found = {}
    for task in dict.fromkeys(tasks):
        places = [place for place, stage in enumerate(stages) if stage.share_pct and tasks[place] == task]
        shares = [stages[place].share for place in places]
        for mix in mixes(shares):
            if len(mix) == 2 and shares[mix[0]] + shares[mix[1]] == WHOLE:
                found[places[mix[0]]] = places[mix[1]]
    return found
