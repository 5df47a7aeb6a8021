"""Every key binding of the terminal UI by its id: what can be remapped, and the table of keys in the documentation."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from textual.binding import Binding
from textual.keys import Keys, _character_to_key, key_to_character

import planner.tui
from pricing.records import record

_MODIFIERS: Final = frozenset(("ctrl", "shift", "alt", "super", "hyper", "meta"))
_NAMED: Final = frozenset(
    [key.value for key in Keys if not key.value.startswith("<")]
    + [_character_to_key(chr(code)) for code in range(32, 127)]
)


@record
class Bound:
    """A binding that has an id."""

    id: str
    keys: tuple[str, ...]
    words: str
    owner: str
    """The class it belongs to: keys clash only within one."""


def bindings() -> tuple[Bound, ...]:
    """Every binding with an id, of every screen, widget and dialog; imports them all."""
    found: dict[tuple[str, str], Bound] = {}
    for owner, binding in _declared():
        if binding.id is not None:
            before = found.get((owner, binding.id))
            keys = (*(before.keys if before else ()), *_keys(binding.key))
            words = binding.tooltip or binding.description
            found[owner, binding.id] = Bound(binding.id, tuple(dict.fromkeys(keys)), words, owner)
    return tuple(found.values())


def is_key(name: str) -> bool:
    """Whether a terminal can send a key of that name: `x`, `ctrl+x`, `f5`, `shift+left`, `question_mark`."""
    *modifiers, key = name.split("+") if name != "+" else ["+"]
    if not all(modifier in _MODIFIERS for modifier in modifiers):
        return False
    return (len(key) == 1 and key.isprintable()) or key in _NAMED or key_to_character(key) is not None


def _declared() -> Iterator[tuple[str, Binding]]:
    for module in pkgutil.walk_packages(planner.tui.__path__, "planner.tui."):
        for value in vars(import_module(module.name)).values():
            own = isinstance(value, type) and value.__module__ == module.name
            for each in vars(value).get("BINDINGS", ()) if own else ():
                if isinstance(each, Binding):
                    yield value.__name__, each


def _keys(text: str) -> list[str]:
    return [key.strip() for key in text.split(",")]
