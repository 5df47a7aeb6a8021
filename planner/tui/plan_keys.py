"""The keys of the Plan screen, and which of them do something now."""

from typing import Final

from textual.binding import Binding, BindingType

from planner.tui.plan_session import PlanSession

KEYS: Final[list[BindingType]] = [
    Binding("u", "undo", "undo", id="plan.undo", tooltip="Take the last change back"),
    Binding("U", "redo", "redo", show=False, id="plan.redo", tooltip="Make the change again"),
    Binding(
        "R", "reset_all", "reset all", show=False, id="plan.reset", tooltip="Every knob back to the file"
    ),
    Binding("s", "save", "save", id="plan.save", tooltip="Save the what-if as a scenario of its own"),
    Binding("e", "export", "export", id="plan.export", tooltip="The plan as text, JSON, CSV or Markdown"),
    Binding(
        "f",
        "findings",
        "findings",
        show=False,
        id="plan.findings",
        tooltip="What Bursar found in the plan",
    ),
    Binding(
        "left_square_bracket",
        "step(-1)",
        "previous",
        show=False,
        id="plan.previous",
        tooltip="The scenario before",
    ),
    Binding(
        "right_square_bracket", "step(1)", "next", show=False, id="plan.next", tooltip="The next scenario"
    ),
    Binding("f5,ctrl+l", "reload", "reload", show=False, id="plan.reload", tooltip="Read the file again"),
]


def offered(action: str, session: PlanSession | None, files: int) -> bool:
    """Whether an action does anything; `session` is None for a file that cannot be used, and without files."""
    match action:
        case "undo":
            return session is not None and session.can_undo
        case "redo":
            return session is not None and session.can_redo
        case "reset_all":
            return session is not None and session.changed
        case "save" | "export" | "findings":
            return session is not None
        case "step":
            return files > 1
    return True
