"""What the Plan screen says in place of a plan: a file that cannot be used, a folder without scenarios."""

from pathlib import Path

from planner.plan import Plan
from planner.tui.widgets.notice import Notice
from pricing.errors import PriceError
from pricing.problems import Invalid, Problem

_MEND = "Mend the file and press F5"


def say_problem(notice: Notice, path: Path, error: Invalid | PriceError, *, alone: bool) -> None:
    """Everything wrong with a file, each with its place, its line and the remedy; `alone` where there is no other."""
    then = (f"{_MEND}." if alone else f"{_MEND}; the other scenarios can be opened meanwhile.",)
    if isinstance(error, Invalid):
        notice.say_invalid(error, then)
    else:
        notice.say("error", f"{path} cannot be planned", [error.message, error.remedy], then)


def say_no_scenarios(notice: Notice, folder: Path) -> None:
    """Offers the samples."""
    notice.say(
        "empty",
        f"No scenarios in {folder} yet",
        [
            "A scenario is a YAML file: what an asset takes, how many are made, which credits pay.",
            "At the left are samples to start from.",
        ],
        [f"enter copies the chosen sample to {folder}/ and opens it", "bursar --help lists the commands"],
    )


def findings(plan: Plan) -> list[tuple[str, str]]:
    """Severity and sentence of everything found in a plan."""
    return [(problem.severity, _sentence(problem)) for problem in plan.problems] or [
        ("", "nothing to say against this plan")
    ]


def refusal(error: Invalid) -> str:
    """Why a turn of a knob was not possible, in one line."""
    problem = error.problems[0]
    return "; ".join(filter(None, (problem.message, problem.remedy)))


def _sentence(problem: Problem) -> str:
    line = f"line {problem.place.line}: " if problem.place else ""
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    return f"{line}{problem.message}{remedy}"
