"""Typing a value into a knob: what the dialog says of the knob, and what is wrong with a value."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from planner.knobs import Knob, bounds_words
from planner.report.what_if_words import value_words
from planner.tui.dialogs.type_value import TypeScreen
from planner.tui.plan_session import PlanSession
from planner.tui.text import clean, fit
from planner.what_if import BadValue

if TYPE_CHECKING:
    from planner.scenario import Scenario
    from planner.tui.screens.plan import PlanScreen

_WIDEST_OPTION = 44


def ask_value(
    screen: "PlanScreen", session: PlanSession, knob: Knob, take: "Callable[[Scenario], None]"
) -> None:
    """Opens the dialog; `take` gets the scenario with the value in it."""

    def taken(text: str | None) -> None:
        if text is not None and session is screen.session:
            take(session.what_if.typed(knob, text))

    heading = f"{knob.of}: {knob.label}" if knob.of else knob.label
    start = value_words(knob.unit, knob.value).removesuffix(" %")
    page = TypeScreen(heading, about(session, knob), start, partial(_wrong, session, knob))
    screen.app.push_screen(page, taken)


def about(session: PlanSession, knob: Knob) -> list[str]:
    """Where the knob stands in the file, what the file says, and what it may be."""
    place = session.file.place(knob.path)
    line = f", line {place.line}" if place else ""
    lines = [f"{knob.path}{line}", f"in the file: {value_words(knob.unit, knob.was)}"]
    offered = session.what_if.options(knob)
    if offered:
        lines += [
            f"{fit(clean(option.words), _WIDEST_OPTION)} {option.price_words} an image" for option in offered
        ]
    elif knob.unit not in ("day", "expiry"):
        lines.append(bounds_words(knob))
    if knob.rest:
        lines.append(f"{knob.rest} takes the rest")
    return lines


def _wrong(session: PlanSession, knob: Knob, text: str) -> str | None:
    try:
        session.what_if.typed(knob, text)
    except BadValue as error:
        return str(error)
    return None
