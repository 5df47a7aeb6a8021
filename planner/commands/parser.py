"""Arguments read as argparse reads them, and what is wrong with them said without repeating a password."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Its complaints quote what was typed, which may be a ledger's URL in the wrong place."""

    def error(self, message: str) -> NoReturn:
        super().error(" ".join(map(without_secrets, message.split(" "))))


def without_secrets(word: str) -> str:
    """The word, or as much of it as can be shown when it looks like a URL."""
    if not any(sign in word.lower() for sign in ("://", "@", "passw")):
        return word
    from planner.guard.ledger.urls import plain_url

    option, separator, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return f"{option}{separator}{plain_url(value)}"
