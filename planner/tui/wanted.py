"""What a filter looks for: words that must be in a row, and words that must not."""

from pricing.records import record


@record
class Wanted:
    """Capitals do not count."""

    text: str
    words: tuple[str, ...]
    unwanted: tuple[str, ...]

    def __contains__(self, said: object) -> bool:
        """Whether a text matches."""
        text = str(said).lower()
        return all(word in text for word in self.words) and not any(word in text for word in self.unwanted)


def wanted(text: str) -> Wanted | None:
    """`refuse !core` is every row with the first word and without the second; None for no words at all."""
    words = text.lower().split()
    without = tuple(word[1:] for word in words if word.startswith("!") and len(word) > 1)
    with_ = tuple(word for word in words if not word.startswith("!"))
    return Wanted(text.strip(), with_, without) if with_ or without else None
