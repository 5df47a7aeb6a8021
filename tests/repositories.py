"""Git repositories for tests: made in a temporary folder, apart from the machine's own configuration."""

import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

SCENARIO = """\
name: Catalogue
start: 2026-12
months: 2
region: us-west-2
price_book: 2026-07-24
pipelines:
  - name: catalogue
    assets_per_month: 100
    stages:
      - {name: draft, model: stability.stable-image-core-v1:1}
"""
"""100 assets a month for two months, a picture each at $0.04: $8.00."""

_SETTINGS = (
    "user.name=Test",
    "user.email=test@example.com",
    "commit.gpgsign=false",
    "protocol.file.allow=always",
)


class WorkTree:
    """A repository with a work tree, and git run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """What a git command prints."""
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=folder or self.folder, capture_output=True, check=True
        )
        return os.fsdecode(done.stdout)

    def write(self, name: str, text: str | bytes = SCENARIO) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, *changes: tuple[str, str]) -> Path:
        """Replaces text that stands in a file exactly once."""
        text = (self.folder / name).read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        return self.write(name, text)

    def commit(self, message: str = "a change") -> str:
        """Everything in the folder as a commit; its hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def state(self) -> tuple[object, ...]:
        """All that a reader must leave as it was: status, index, references, and every file with its times."""
        files = {
            str(path.relative_to(self.folder)): (path.lstat().st_mtime_ns, _content(path))
            for path in sorted(self.folder.rglob("*"))
            if not path.is_dir() or path.is_symlink()
        }
        status = self.git("--no-optional-locks", "status", "--porcelain=v2", "-z")
        return status, self.git("for-each-ref"), files


def repository(folder: Path) -> WorkTree:
    """An empty repository whose branch is `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = WorkTree(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    return made


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkTree]:
    """A repository with one commit: `scenarios/catalogue.yaml`. The test runs in its top folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    settings = tmp_path / "gitconfig"
    settings.write_text("", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = repository(tmp_path / "team")
    made.write("scenarios/catalogue.yaml")
    made.commit("the first scenario")
    monkeypatch.chdir(made.folder)
    yield made


def _content(path: Path) -> str:
    return str(path.readlink()) if path.is_symlink() else sha256(path.read_bytes()).hexdigest()
