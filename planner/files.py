"""Files written whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def replace_file(target: Path, parts: Iterable[str]) -> None:
    """Writes a file whole or not at all; one that was there keeps its permissions. Raises `OSError`.

    A link is followed; a device or a pipe is written to, never replaced.
    """
    target = target.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    finally:
        with suppress(OSError):  # of a result that was not finished nothing stays
            temporary.unlink(missing_ok=True)


def make_file(target: Path, text: str) -> None:
    """The same for a name that nothing has; raises `FileExistsError`, and leaves what is there as it is."""
    target.touch(exist_ok=False)
    try:
        replace_file(target, (text,))
    except OSError:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise
