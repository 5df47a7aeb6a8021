"""`bursar demo`: the main job on a sample scenario, with no AWS account."""

import argparse
import sys
from pathlib import Path

from planner.commands.terminal import ascii_only, table_width, today
from planner.plan import Plan, plan_file
from planner.report.plan_text import plan_text

SAMPLE = "marketplace-catalogue.yaml"
FOLDER = Path("scenarios")
PACKAGED = Path(__file__).parent.parent / "samples"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(output=None)


def run(args: argparse.Namespace) -> int:
    sample = sample_file()
    plan = plan_file(str(sample), as_of=today())
    sys.stdout.write(plan_text(plan, width=table_width(args), ascii_only=ascii_only(args)))
    exact = _show_guard(plan)
    sys.stdout.write(_next_steps(sample))
    return 1 if plan.broken or not exact else 0


def _show_guard(plan: Plan) -> bool:
    """Runs the scenario's budgets against real calls; False when a cent is not accounted for."""
    from importlib.util import find_spec

    if find_spec("boto3") is None:
        sys.stdout.write("\nThe guard is shown with boto3: pip install boto3\n")
        return True
    from planner.guard.demonstration import demonstrate

    return demonstrate(plan.scenario, plan.book, sys.stdout, on=plan.as_of).exact


def sample_file() -> Path:
    """The sample in the folder at hand, or the copy that comes with the package."""
    local = FOLDER / SAMPLE
    return local if local.is_file() else PACKAGED / SAMPLE


def _next_steps(sample: Path) -> str:
    program = _program()
    other = sample.with_name("solo-founder.yaml")
    steps = (
        (f"{program} plan {sample} --format json", "the same plan for a program"),
        (f"{program} compare {sample} {other}", "two scenarios side by side"),
        (f"{program} prices show", "every price, with its source"),
        (f"{program} local-bedrock", "a Bedrock on this machine to try your own code against"),
        (f"$EDITOR {sample}", "change a number, plan again"),
    )
    width = max(len(command) for command, _ in steps) + 2
    return (
        "\nThat plan came from "
        + str(sample)
        + ". Type next:\n\n"
        + "".join(f"  {command.ljust(width)}{why}\n" for command, why in steps)
    )


def _program() -> str:
    """How this very program is called: by its path when it is not on the PATH."""
    from shutil import which

    called = Path(sys.argv[0])
    return "bursar" if which("bursar") or called.name != "bursar" else str(called)
