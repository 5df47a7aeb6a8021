"""A scenario whose file was taken away while it is open: what that means for it, and how to go on."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from planner.tui.plan_session import PlanSession
from planner.tui.text import clean

HEADLINE = "file is gone: s saves it anew"
HEADLINE_CHANGED = "file changed: F5 reads it"


def gone_words(session: PlanSession) -> str:
    """Said once, when it is noticed."""
    from planner.report.guard_words import count  # the start does without it

    kept = f" with {count(len(session.changes), 'change')}" if session.changed else ""
    return (
        f"{clean(session.path.name, 60)} is gone. The plan stays here{kept} until you leave; "
        "s saves it as a file, F5 lets go of it"
    )


def letting_go(session: PlanSession) -> tuple[str, list[str], str]:
    """Heading, lines and answer of the question that F5 asks."""
    from planner.report.what_if_words import change_words

    lost = [*map(change_words, session.changes)]
    lines = ["The file is gone: what is on the screen is all there is of it."]
    lines += ["These changes would be lost as well:", *lost] if lost else []
    return (
        f"Let go of {session.path.name}?",
        [*lines, "", "esc, then s, saves it as a file."],
        "lets go of it",
    )


def listed(files: Sequence[Path], sessions: Iterable[PlanSession]) -> tuple[Path, ...]:
    """The files there are, and in their order those that are gone and still open."""
    gone = [session.path for session in sessions if session.gone and session.path not in files]
    in_order = sorted(files) == list(files)
    return tuple(sorted((*files, *gone)) if in_order else (*files, *gone))
