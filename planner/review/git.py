"""Reading a git repository at another revision: nothing is checked out, locked, refreshed or written.

Git runs with a fixed list of arguments, revisions after `--end-of-options`, paths as literal pathspecs from the top.
Of the repository's own configuration nothing runs: no hook, no file-system monitor, no external diff, no text filter
for display. `GIT_DIR` and its kin count as in any git command, so that a hook sees the repository it was started for.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pricing.nearest import nearest
from pricing.printable import printable
from pricing.records import record

_CONFIGURATION: Final = (
    "core.fsmonitor=false",
    "core.quotepath=false",
    "core.pager=cat",
    "log.showSignature=false",
)
_ENVIRONMENT: Final = {"LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
"""Messages in English, because some are told apart here; no lock taken for convenience; nobody is asked anything."""
_DROPPED: Final = (
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
"""They would change what a pathspec means."""
_HERE: Final = Path()
_LONGEST_REVISION: Final = 500
_RESOLVE: Final = ("rev-parse", "--verify", "--quiet", "--end-of-options")
_NONE: Final = 1
"""The exit code of `merge-base` where there is none; anything else is trouble."""
_SHALLOW = (
    "the clone is shallow: git fetch --unshallow, or fetch-depth: 0 in actions/checkout, brings the history"
)


class GitRefused(Exception):
    """The revision cannot be read; the message is one line with what to do about it."""


@record
class Repository:
    """A work tree and how to reach its repository."""

    folder: str
    """Where git runs: it found the repository from here."""
    top: str
    """The real path of the work tree's top."""
    shallow: bool

    def relative(self, path: str) -> str:
        """A file or folder as git names it, from the top with `/`; empty for the top. Raises `GitRefused` outside.

        A link is named as the link that it is; the folders on the way are followed.
        """
        named = Path(path)
        real = named.resolve() if named.is_dir() else named.parent.resolve() / named.name
        try:
            inside = real.relative_to(self.top)
        except ValueError:
            hint = "; GIT_DIR is set and names another repository" if "GIT_DIR" in os.environ else ""
            raise GitRefused(
                f"{printable(path)} is outside the repository {printable(self.top)}; review one repository at a time{hint}"
            ) from None
        return "" if inside == _HERE else inside.as_posix()

    def run(self, *arguments: str) -> bytes:
        """What a git command prints; raises `GitRefused` with git's own words when it fails."""
        code, out, said = run_git(self.folder, *arguments)
        if code:
            raise GitRefused(f"git {arguments[0]} failed: {_first_line(said)}")
        return out


@record
class Base:
    """What the work tree is compared with."""

    repository: Repository
    revision: str
    """As it was asked for."""
    commit: str
    """The full hash of the commit where HEAD left the revision; before the first commit, the revision's own."""


def find_repository(near: str | Path) -> Repository:
    """The work tree a file or folder lies in; raises `GitRefused` where there is none."""
    folder = str(Path.cwd() if "GIT_DIR" in os.environ else _existing_folder(Path(near)))
    code, out, said = run_git(folder, "rev-parse", "--is-shallow-repository", "--show-toplevel")
    if code:
        raise GitRefused(_no_repository(folder, said))
    shallow, _, top = out.removesuffix(b"\n").partition(b"\n")
    return Repository(folder, os.path.realpath(os.fsdecode(top)), shallow == b"true")


def find_base(repository: Repository, revision: str) -> Base:
    """The commit where HEAD left `revision`, as a pull request is judged: what others did there since does not count.

    Raises `GitRefused` when there is no such revision or no such commit.
    """
    _refuse_no_name(revision)
    code, out, said = run_git(repository.folder, "merge-base", "--end-of-options", revision, "HEAD")
    if code == 0:
        return Base(repository, revision, out.decode().strip())
    commit = _commit_of(repository, revision)
    if code != _NONE and run_git(repository.folder, *_RESOLVE, "HEAD^{commit}")[0]:
        return Base(repository, revision, commit)
    why = _SHALLOW if repository.shallow else "name a revision of this branch's own history"
    reason = "have no common commit here" if code == _NONE else f"cannot be compared: {_first_line(said)}"
    raise GitRefused(f"--against {printable(revision, 80)}: it and HEAD {reason}; {why}")


def run_git(folder: str, *arguments: str) -> tuple[int, bytes, str]:
    """Exit code, output and message of one git command; raises `GitRefused` when git cannot be run at all."""
    with startable():
        done = subprocess.run(
            git_command(arguments),
            cwd=folder,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def git_command(arguments: Sequence[str]) -> list[str]:
    """A command line of git that the repository's own configuration adds nothing to."""
    settings = [word for setting in _CONFIGURATION for word in ("-c", setting)]
    return ["git", "--no-pager", *settings, *arguments]


def git_environment() -> dict[str, str]:
    """The caller's own, but for what would change the answers."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return kept | _ENVIRONMENT


@contextmanager
def startable() -> Iterator[None]:
    """Turns what keeps git from starting into `GitRefused`."""
    try:
        yield
    except FileNotFoundError:
        raise GitRefused("git is not installed, or not on PATH; --against needs it") from None
    except OSError as error:
        raise GitRefused(f"git cannot be run: {error.strerror or error}") from error


def literal(path: str) -> str:
    """A pathspec for one file or folder, whatever characters its name has."""
    return f":(top,literal){path}" if path else ":(top)"


def _refuse_no_name(revision: str) -> None:
    hopeless = not revision.strip() or revision.startswith("-") or "\0" in revision
    if hopeless or len(revision) > _LONGEST_REVISION:
        shown = printable(revision, 80)
        raise GitRefused(f"--against {shown!r} is not a revision; name a branch, a tag or a commit")


def _commit_of(repository: Repository, revision: str) -> str:
    """The commit a revision names; it is looked up unpeeled first: `:/words` would take `^{commit}` for words too."""
    code, named, _ = run_git(repository.folder, *_RESOLVE, revision)
    if not code and not named.startswith(b"^"):
        code, out, _ = run_git(repository.folder, *_RESOLVE, f"{named.decode().strip()}^{{commit}}")
        if not code:
            return out.decode().strip()
    raise _unknown(repository, revision)


def _unknown(repository: Repository, revision: str) -> GitRefused:
    remedy = _SHALLOW if repository.shallow else _similar(repository, revision)
    return GitRefused(f"--against {printable(revision, 80)}: git knows no such commit; {remedy}")


def _similar(repository: Repository, revision: str) -> str:
    """The remedy for an unknown name; on a build server `main` is most often there as `origin/main`."""
    _, out, _ = run_git(repository.folder, "for-each-ref", "--count=2000", "--format=%(refname:short)")
    names = out.decode("utf-8", "replace").split()
    remote = next((name for name in names if name.endswith(f"/{revision}")), None)
    if remote is not None:
        return f"did you mean {printable(remote, 80)}?"
    return printable(nearest(revision, names, "git branch --all and git tag list the names it knows"))


def _existing_folder(path: Path) -> Path:
    folder = (path if path.is_dir() else path.parent).absolute()
    return folder if folder.is_dir() else Path.cwd()


def _no_repository(folder: str, said: str) -> str:
    shown = printable(folder)
    if "dubious ownership" in said:
        return f"git does not trust {shown}: it belongs to another user; if you do: git config --global --add safe.directory {shown}"
    if "must be run in a work tree" in said:
        return f"{shown} is inside a bare repository or a .git folder; --against needs a work tree"
    if "not a git repository" in said:
        return f"{shown} is in no git repository; --against compares with a revision of one"
    return f"git cannot use {shown}: {_first_line(said)}"


def _first_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return printable((fatal or lines or ["it gave no reason"])[0], 300)
