"""Files as they were at a commit and as they are in the work tree."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from planner.review.git import Base, GitRefused, git_command, git_environment, literal, startable
from pricing.reading.text import LARGEST_FILE


class Blobs:
    """Contents of files at a commit, from one `git cat-file --batch` that starts at the first question."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._process: subprocess.Popen[bytes] | None = None

    def at_base(self, path: str) -> bytes | None:
        """A file's content at the commit, links followed; None when there is none. One byte past the largest file counts as whole.

        `path` is as git names it.
        """
        if "\n" in path:
            return self._listed(path)
        return self._object(os.fsencode(f"{self.base.commit}:{path}"))

    def in_index(self, path: str) -> bool:
        """Whether git keeps the file, so that its absence at the commit means something."""
        listed = self.base.repository.run("ls-files", "-z", "--full-name", "--", literal(path))
        return bool(listed)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                _close(stream)
        process.wait()

    def _listed(self, path: str) -> bytes | None:
        """A name with a line break would end the question early, so its object is looked up first."""
        listed = self.base.repository.run("ls-tree", "-z", "--full-tree", self.base.commit, literal(path))
        fields = listed.split(b"\t")[0].split()
        return self._object(fields[2]) if len(fields) == 3 and fields[1] == b"blob" else None

    def _object(self, name: bytes) -> bytes | None:
        asking, answering = self._pipes()
        try:
            asking.write(name + b"\n")
            asking.flush()
        except BrokenPipeError:
            raise _ended() from None
        answer = answering.readline()
        if not answer:
            raise _ended()
        head = answer.rstrip(b"\n").split(b" ")
        if head[-1] in (b"missing", b"ambiguous") or not head[-1].isdigit():
            return None
        size, kind = int(head[-1]), head[-2]
        if size > LARGEST_FILE:
            content = answering.read(LARGEST_FILE + 1)
            self.close()  # rather than read the rest of it
        else:
            content = answering.read(size)
            answering.read(1)
        return content if kind == b"blob" else None

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            with startable():
                self._process = subprocess.Popen(
                    git_command(("cat-file", "--batch", "--follow-symlinks")),
                    cwd=self.base.repository.folder,
                    env=git_environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        return self._process.stdin, self._process.stdout


@contextmanager
def blobs_of(base: Base) -> Iterator[Blobs]:
    """Blobs whose process ends with the block."""
    with closing(Blobs(base)) as blobs:
        yield blobs


def content_now(base: Base, path: str) -> bytes | None:
    """A file of the work tree, up to one byte past the largest; None when it cannot be read. `path` as git names it."""
    with suppress(OSError, ValueError):
        file = Path(base.repository.top, path)
        if file.is_file():
            with file.open("rb") as stream:
                return stream.read(LARGEST_FILE + 1)
    return None


def same_text(before: bytes | None, now: bytes | None) -> bool:
    """Whether two contents are the same but for their line endings."""
    if before is None or now is None:
        return before is now
    return before == now or before.replace(b"\r\n", b"\n") == now.replace(b"\r\n", b"\n")


def _ended() -> GitRefused:
    return GitRefused("git cat-file ended before it answered; git fsck may say why")


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return
