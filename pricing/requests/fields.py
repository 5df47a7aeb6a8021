"""One JSON object of a request, read field by field: complaints say where, what is there, what AWS takes."""

from collections.abc import Collection
from typing import TypeVar

from pricing.errors import RequestRefused
from pricing.requests.body import Repeating
from pricing.requests.image_header import ImageHeader, read_header
from pricing.sizes import SizeLimits

T = TypeVar("T")

_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number with decimals",
    str: "text",
    list: "a list",
    dict: "an object",
}
_DECIDES_PRICE = frozenset(
    {"taskType", "imageGenerationConfig", "numberOfImages", "quality", "width", "height", "samples", "steps"}
    | {"image", "images", "sourceImage", "init_image", "mode", "inPaintingParams", "outPaintingParams"}
    | {"backgroundRemovalParams", "virtualTryOnParams"}
)


class Fields:
    """Typed access to an object. A field that is null counts as absent; booleans are not numbers."""

    __slots__ = ("_values", "assumptions", "path")

    def __init__(self, values: dict[str, object], assumptions: list[str], path: str = "") -> None:
        self._values = values
        self.assumptions = assumptions
        """Shared by all objects of one request; whoever takes something for granted adds a sentence."""
        self.path = path
        if isinstance(values, Repeating):
            self._check_repeated(values.repeated)

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def names(self) -> list[str]:
        return [name for name, value in self._values.items() if value is not None]

    def within(self, name: str) -> "Fields | None":
        """The object in a field; None when absent."""
        value = self._typed(name, dict)
        return None if value is None else Fields(value, self.assumptions, self.where(name))

    def need_within(self, name: str) -> "Fields":
        found = self.within(name)
        if found is None:
            raise self.missing(name, "an object")
        return found

    def text(self, name: str, *, most: int | None = None, least: int = 0) -> str | None:
        """The text in a field, its length in characters within bounds; None when absent."""
        value = self._typed(name, str)
        if value is not None and (len(value) < least or (most is not None and len(value) > most)):
            raise self._wrong_length(name, len(value), least, most)
        return value

    def need_text(self, name: str, *, most: int | None = None, least: int = 0) -> str:
        found = self.text(name, most=most, least=least)
        if found is None:
            raise self.missing(name, "text")
        return found

    def whole(self, name: str, low: int, high: int) -> int | None:
        """The whole number in a field; `1.0` is not one, as AWS's own check has it."""
        value = self._typed(name, int)
        if value is not None and not low <= value <= high:
            raise self.refused(name, f"is {_shown(value)}", f"AWS takes {_span(low, high)}", "out-of-range")
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if type(value) not in (int, float):
            raise self._wrong_kind(name, value, "a number")
        if not low <= value <= high:  # type: ignore[operator]
            raise self.refused(name, f"is {_shown(value)}", f"AWS takes {low:g} to {high:g}", "out-of-range")
        return value  # type: ignore[return-value]

    def choice(
        self, name: str, known: Collection[str], *, any_case: bool = False, code: str = "unknown-value"
    ) -> str | None:
        """One of the known words, as the known ones spell it."""
        value = self._typed(name, str)
        if value is None or value in known:
            return value
        if any_case:
            for word in known:
                if word.lower() == value.lower():
                    return word
        raise self.refused(name, f"is {_shown(value)}", f"AWS takes {', '.join(known)}", code)

    def need_choice(self, name: str, known: Collection[str], *, code: str = "unknown-value") -> str:
        found = self.choice(name, known, code=code)
        if found is None:
            raise self.missing(name, f"one of {', '.join(known)}")
        return found

    def items(self, name: str, least: int, most: int) -> list[object]:
        """The list in a field, which must be there; its length within bounds."""
        value = self._typed(name, list)
        if value is None:
            raise self.missing(name, "a list")
        if not least <= len(value) <= most:
            raise self.refused(
                name, f"has {len(value):,} entries", f"AWS takes {least} to {most}", "out-of-range"
            )
        return value

    def flag(self, name: str) -> bool | None:
        return self._typed(name, bool)

    def image(self, name: str, limits: SizeLimits | None = None) -> ImageHeader | None:
        """The picture in a field, from its header; None when absent."""
        value = self._typed(name, str)
        return None if value is None else self.picture(name, value, limits)

    def need_image(self, name: str, limits: SizeLimits | None = None) -> ImageHeader:
        found = self.image(name, limits)
        if found is None:
            raise self.missing(name, "a picture as base64 text", code="missing-image")
        return found

    def picture(self, name: str, value: object, limits: SizeLimits | None) -> ImageHeader:
        """The header of base64 text; raises `RequestRefused` for a size AWS does not take."""
        if not isinstance(value, str):
            raise self._wrong_kind(name, value, "base64 text")
        header = read_header(value, self.where(name))
        for reason in limits.violations(header.size) if limits else ():
            raise self.refused(
                name, f"is {header.size}, which {reason}", "send it in a size AWS takes", "image-size"
            )
        if header.data_url:
            self.assumptions.append(
                f"{self.where(name)} begins with data:, which AWS does not document: taken as accepted"
            )
        return header

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def missing(self, name: str, kind: str, *, code: str = "missing-field") -> RequestRefused:
        return RequestRefused(f"{self.where(name)} is missing", f"AWS needs {kind} there", code=code)

    def refused(self, name: str, what: str, remedy: str, code: str) -> RequestRefused:
        return RequestRefused(f"{self.where(name)} {what}", remedy, code=code)

    def _typed(self, name: str, kind: type[T]) -> T | None:
        value = self._values.get(name)
        if value is None or type(value) is kind or (kind is dict and isinstance(value, dict)):
            return value  # type: ignore[return-value]
        raise self._wrong_kind(name, value, _KINDS[kind])

    def _wrong_kind(self, name: str, value: object, wanted: str) -> RequestRefused:
        return self.refused(name, f"is {_shown(value)}", f"AWS takes {wanted} there", "wrong-type")

    def _wrong_length(self, name: str, length: int, least: int, most: int | None) -> RequestRefused:
        if length == 0:
            return self.refused(name, "is empty", "AWS needs at least one character", "text-length")
        return self.refused(
            name, f"has {length:,} characters", f"AWS takes at most {most or 0:,}", "text-length"
        )

    def _check_repeated(self, names: frozenset[str]) -> None:
        for name in sorted(names):
            if name in _DECIDES_PRICE:
                raise self.refused(
                    name, "is written more than once and the price hangs on it", "keep one", "repeated-field"
                )
            self.assumptions.append(
                f"{self.where(_shown(name))} is written more than once: the last one counts"
            )


def _shown(value: object) -> str:
    """A value for a message: short, and safe whatever is in it."""
    if isinstance(value, list | dict):
        return _KINDS[list if isinstance(value, list) else dict]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**18:
        return "a number with more than 18 digits"
    return ascii(value[:40]) + "…" if isinstance(value, str) and len(value) > 40 else ascii(value)


def _span(low: int, high: int) -> str:
    return f"only {low}" if low == high else f"{low:,} to {high:,}"
