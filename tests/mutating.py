"""Plants bugs, one at a time, in a copy of the tree, and sees whether the tests that should catch each one do."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from tests.dynamodb_local import HOME

ROOT = Path(__file__).parents[1]
AT_A_TIME = 2
LIMIT_S = 90.0
"""A planted bug may hang the tests: that is caught as well."""
BASELINE_LIMIT_S = 600.0
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "0")

Verdict = Literal["passed", "failed", "hung", "broken"]
_BY_EXIT: dict[int, Verdict] = {0: "passed", 1: "failed"}
_ENDED: dict[Verdict, str] = {"failed": "fail", "hung": "hang", "broken": "cannot be run"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug that could be written by mistake."""

    name: str
    path: str
    """The file it is planted in, from the top of the repository."""
    sound: str
    """The source as it is, found exactly once in the file."""
    planted: str
    harm: str
    """What goes wrong with it."""
    tests: tuple[str, ...]
    """Test files or ids of pytest, of which at least one must fail."""


@dataclass(frozen=True, slots=True)
class Run:
    """How the tests ended."""

    verdict: Verdict
    """`broken` when they could not be run: the planted text is no Python, or a test is gone."""
    seconds: float
    printed: str

    @property
    def first_failure(self) -> str:
        """The id of the test that caught it; one that fails while it cleans up is an ERROR to pytest."""
        lines = (line.partition(" - ")[0].partition(" ") for line in self.printed.splitlines())
        return next((test for word, _, test in lines if word in ("FAILED", "ERROR")), "")


def tests_in(file: str, *tests: str) -> tuple[str, ...]:
    """The ids of tests in a file; the file itself when none is named."""
    return tuple(f"{file}::{test}" for test in tests) or (file,)


def main(mutants: Sequence[Mutant], names: Sequence[str]) -> int:
    """0 when every mutant named, or every one there is, is caught; 2 for a name that is none."""
    unknown = set(names) - {mutant.name for mutant in mutants}
    if unknown:
        print(f"no mutant is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [mutant for mutant in mutants if not names or mutant.name in names]
    with TemporaryDirectory(prefix="mutants-") as place:
        return _try_all(chosen, Path(place))


def _try_all(mutants: Sequence[Mutant], place: Path) -> int:
    """The copy is made once, so that whoever edits the tree meanwhile changes nothing here."""
    began, sound = time.monotonic(), place / "sound"
    _copy_tree(sound)
    stale = [mutant.name for mutant in mutants if _occurrences(mutant, sound) != 1]
    for name in stale:
        print(f"STALE     {name}: its source is not found exactly once any more; write it anew")
    if stale or not _pass_unmutated(mutants, sound):
        return 1
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = pool.map(lambda mutant: _try(mutant, sound, place / mutant.name), mutants)
        missed = [mutant.name for mutant, run in zip(mutants, runs, strict=True) if not _report(mutant, run)]
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    caught = f"{len(mutants) - len(missed)} of {len(mutants)} planted bugs caught"
    print(f"{caught} in {minutes} min {seconds} s{': not ' if missed else ''}{', '.join(missed)}")
    return 1 if missed else 0


def _copy_tree(target: Path) -> None:
    """What git knows or would add, with the times of its files."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _occurrences(mutant: Mutant, tree: Path) -> int:
    file = tree / mutant.path
    return file.read_text("utf-8").count(mutant.sound) if file.is_file() else 0


def _pass_unmutated(mutants: Sequence[Mutant], sound: Path) -> bool:
    """Run every test named, once; a test that fails anyway would catch everything."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = list(pool.map(lambda part: _run(part, sound, BASELINE_LIMIT_S), _parts(mutants)))
    for run in runs:
        if run.verdict != "passed":
            print(
                f"{run.printed}\nUnmutated the tests must pass; they {_ENDED[run.verdict]}. Nothing was planted."
            )
            return False
    print(f"unmutated the tests pass, in {max(run.seconds for run in runs):.0f} s")
    return True


def _parts(mutants: Iterable[Mutant]) -> Iterator[list[str]]:
    """The tests of all of them in as many parts as run at a time, each file whole in one of them."""
    tests = {test for mutant in mutants for test in mutant.tests}
    files = sorted({test.partition("::")[0] for test in tests})
    for number in range(min(AT_A_TIME, len(files))):
        share = set(files[number::AT_A_TIME])
        yield sorted(test for test in tests if test.partition("::")[0] in share)


def _try(mutant: Mutant, sound: Path, tree: Path) -> Run:
    shutil.copytree(sound, tree)
    try:
        _plant(mutant, tree / mutant.path)
        return _run(mutant.tests, tree, LIMIT_S)
    finally:
        shutil.rmtree(tree)


def _plant(mutant: Mutant, file: Path) -> None:
    file.write_text(file.read_text("utf-8").replace(mutant.sound, mutant.planted), "utf-8")
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        compiled.unlink()


def _run(tests: Sequence[str], tree: Path, limit_s: float) -> Run:
    """The tree comes first on the path, so that its own packages are tested and no installed ones."""
    environment = {"DYNAMODB_LOCAL": str(HOME), **os.environ, "PYTHONPATH": str(tree)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    with subprocess.Popen(
        [*PYTEST, *tests],
        cwd=tree,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as pytest:
        try:
            printed, _ = pytest.communicate(timeout=limit_s)
            verdict = _BY_EXIT.get(pytest.returncode, "broken")
        except subprocess.TimeoutExpired:
            os.killpg(pytest.pid, signal.SIGKILL)  # a session of its own: the tests and whatever they started
            printed, verdict = "", "hung"
    return Run(verdict, time.monotonic() - began, printed)


def _report(mutant: Mutant, run: Run) -> bool:
    """Print the mutant's line; returns whether it was caught."""
    said = {
        "passed": "SURVIVED ",
        "failed": "caught   ",
        "hung": "caught   ",
        "broken": "BROKEN   ",
    }[run.verdict]
    how = {
        "passed": mutant.harm,
        "failed": run.first_failure,
        "hung": f"its tests hang: ended after {run.seconds:.0f} s",
        "broken": (run.printed.strip().splitlines() or ["nothing was printed"])[-1],
    }[run.verdict]
    print(f"{said} {run.seconds:5.1f} s  {mutant.name}: {how}", flush=True)
    return run.verdict in ("failed", "hung")
