"""What the runner gives a step and takes from it: inputs, the event, outputs, the summary, lines of the log."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class BadInput(Exception):
    """An input of the action cannot be used; the message says which and what to write instead."""


def text_input(name: str) -> str:
    """An input as written, without the space around it; empty where there is none."""
    return os.environ.get(f"BURSAR_{name}", "").strip()


def switch(name: str) -> bool:
    """An input that is `true` or `false`."""
    value = text_input(name).lower() or "false"
    if value not in ("true", "false"):
        raise BadInput(f"{name.lower().replace('_', '-')}: {value!r} is neither true nor false")
    return value == "true"


def read_event() -> dict[str, Any]:
    """What started the workflow; empty where the runner says nothing."""
    try:
        event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_bytes())
    except (KeyError, OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def write_outputs(values: Mapping[str, object]) -> None:
    """Each value under its name, between delimiters that no value can contain."""
    lines = []
    for name, value in values.items():
        end = f"end-{secrets.token_hex(16)}"
        lines += [f"{name}<<{end}", "" if value is None else str(value), end]
    _append("GITHUB_OUTPUT", "\n".join(lines) + "\n")


def add_summary(markdown: str) -> None:
    """Adds to the page of the run."""
    _append("GITHUB_STEP_SUMMARY", markdown + "\n")


def annotate(level: str, message: str) -> None:
    """`level` is `error`, `warning` or `notice`."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    say(f"::{level} title=Bursar review::{escaped}\n")


def log(text: str) -> None:
    """Text of others for the log: between the two lines the runner obeys no command."""
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::\n")


def say(text: str) -> None:
    """Text for the log as it is, commands included."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
