"""What a difference against a revision costs: `python -m tests.bench.bench_review_against`.

A repository of 200 scenarios, one of them edited: `bursar review scenarios --against HEAD` over `bursar plan` of that
one, in CPU and in elapsed time; allowed 1.5, besides git's own time. Git's own time is that of the very commands the
review ran, replayed one after the other without Python between them.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.repositories import WorkTree, repository

SAMPLE = Path("scenarios/marketplace-catalogue.yaml")
FILES, RUNS, ALLOWED = 200, 31, 1.5
_VOLUME = re.compile(r"(?<=assets_per_month: )[\d_]+")


def main() -> None:
    root = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        tree = team(Path(folder) / "team")
        environment = apart(Path(folder), root)
        python = [sys.executable, "-m", "planner"]
        review = [*python, "review", "scenarios", "--against", "HEAD"]
        commands = git_commands(review, tree.folder, environment)
        works: dict[str, Callable[[], object]] = {
            "plan": lambda: run([*python, "plan", "scenarios/s000.yaml"], tree.folder, environment),
            "git": lambda: run_all(commands, tree.folder, environment),
            "review": lambda: run(review, tree.folder, environment),
        }
        spent = measured(works)
    for index, words in enumerate(("CPU", "elapsed")):
        plan, git, whole = (spent[name][index] * 1e3 for name in ("plan", "git", "review"))
        print(
            f"{words:8} review {whole:6.1f} ms - git {git:5.1f} ms ({len(commands)} commands) = {whole - git:6.1f} ms "
            f"over plan {plan:6.1f} ms = {(whole - git) / plan:4.2f}x  (allowed {ALLOWED}x)"
        )


def team(folder: Path) -> WorkTree:
    """200 scenarios in a repository; the first one is edited and not committed."""
    tree = repository(folder)
    text = SAMPLE.read_text("utf-8")
    for number in range(FILES):
        tree.write(
            f"scenarios/s{number:03}.yaml", text.replace("name: Catalogue", f"name: Catalogue {number}")
        )
    tree.commit()
    edited = _VOLUME.sub("3100", (tree.folder / "scenarios/s000.yaml").read_text("utf-8"), count=1)
    tree.write("scenarios/s000.yaml", edited)
    return tree


def apart(folder: Path, root: Path) -> dict[str, str]:
    """The environment of every process measured: no settings of the machine's git, compiled bytecode allowed."""
    settings = folder / "gitconfig"
    settings.write_text("", encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("GIT_")
    }
    return kept | {"PYTHONPATH": str(root), "GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1"}


def git_commands(
    review: list[str], folder: Path, environment: dict[str, str]
) -> list[tuple[list[str], bytes]]:
    """Every git command that a review starts, with what it is asked on its input, as git itself records them."""
    trace = folder.parent / "trace"
    run(review, folder, environment | {"GIT_TRACE2_EVENT": str(trace)})
    events = [json.loads(line) for line in trace.read_text("utf-8").splitlines()]
    commands = [event["argv"] for event in events if event["event"] == "start"]
    return [(argv, b"HEAD:scenarios/s000.yaml\n" if "cat-file" in argv else b"") for argv in commands]


def run_all(commands: list[tuple[list[str], bytes]], folder: Path, environment: dict[str, str]) -> None:
    for command, asked in commands:
        run(command, folder, environment, asked)


def run(command: list[str], folder: Path, environment: dict[str, str], asked: bytes = b"") -> None:
    """A process to its end; a review that finds something says so with 1."""
    done = subprocess.run(command, cwd=folder, env=environment, input=asked, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())


def measured(works: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """CPU seconds of the processes each work starts, and elapsed seconds: the least of many runs, taken in turns.

    The least is what the work takes when nothing else runs on the machine.
    """
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            work()
            elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            spent[name].append((cpu, elapsed))
    return {
        name: (min(cpu for cpu, _ in each), min(elapsed for _, elapsed in each))
        for name, each in spent.items()
    }


if __name__ == "__main__":
    main()
