"""The price books there are, and which scenarios use which model of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.scenario import ModelRung, Scenario
from planner.scenario_file import load_scenario
from pricing.book import PriceBook, Rate, Sku
from pricing.errors import PriceError
from pricing.load import DEFAULT_VERSION, load_book, shipped_versions
from pricing.model_ids import parse_model_id
from pricing.problems import Invalid
from pricing.records import record

if TYPE_CHECKING:
    from planner.tui.background import Progress


@record
class Broken:
    """A price book that a scenario names and that cannot be had."""

    name: str
    why: str


@record
class Shelf:
    """Shipped versions, newest first, then books of the team's own."""

    books: tuple[PriceBook, ...]
    broken: tuple[Broken, ...]
    users: Mapping[str, tuple[str, ...]]
    """Model id to the scenario files that use it, or may fall back to it."""
    default: int
    """Which of the books is shown first."""

    def before(self, shown: int) -> int:
        """The book a change is read against: the next older one of its kind, else any other."""
        book = self.books[shown]
        older = [
            index
            for index, each in enumerate(self.books)
            if each.published < book.published and each.representative == book.representative
        ]
        if older:
            return max(older, key=lambda index: self.books[index].published)
        return next((index for index in range(len(self.books)) if index != shown), shown)

    def history(self, sku: Sku) -> list[tuple[PriceBook, Rate | None]]:
        """What each book says of a SKU, the oldest first; None where it has no such rate."""
        ordered = sorted(self.books, key=lambda book: (book.published, book.version))
        return [(book, next((rate for rate in book.rates if rate.sku == sku), None)) for book in ordered]


def take_stock(files: Sequence[Path], price_book: str | None, progress: "Progress") -> Shelf:
    """Reads every book and every scenario; runs in a thread."""
    versions = sorted(shipped_versions(), reverse=True)
    books: dict[str, PriceBook] = {}
    for number, version in enumerate(versions):
        progress.step(number, len(versions) + len(files), version)
        books[version] = load_book(version)
    broken: dict[str, Broken] = {}
    users: dict[str, list[str]] = {}
    own = [(price_book, Path())] if price_book else []
    for number, path in enumerate(files):
        progress.step(len(versions) + number, len(versions) + len(files), path.name)
        try:
            scenario = load_scenario(path).scenario
        except Invalid:
            continue  # Review says what is wrong with it
        for model_id in dict.fromkeys(models_of(scenario)):
            users.setdefault(model_id, []).append(path.name)
        if scenario.price_book is not None:
            own.append((scenario.price_book, path.parent))
    _add_own(own, books, broken)
    first = price_book if price_book in books else DEFAULT_VERSION
    names = list(books)
    return Shelf(
        tuple(books.values()),
        tuple(broken.values()),
        {model_id: tuple(names) for model_id, names in users.items()},
        names.index(first) if first in names else 0,
    )


def models_of(scenario: Scenario) -> Iterable[str]:
    """The models a scenario's stages ask for, and those its ladder may fall back to."""
    for pipeline in scenario.pipelines:
        yield from (parse_model_id(stage.model_id).model_id for stage in pipeline.stages)
    for rung in scenario.ladder:
        if isinstance(rung, ModelRung):
            yield parse_model_id(rung.to_model).model_id


def _add_own(
    named: Iterable[tuple[str, Path]], books: dict[str, PriceBook], broken: dict[str, Broken]
) -> None:
    for name, folder in named:
        key = name if name in books else str(folder / name)
        if key in books or key in broken:
            continue
        try:
            books[key] = load_book(name, relative_to=folder)
        except PriceError as error:
            broken[key] = Broken(name, str(error))
        except Invalid as error:
            broken[key] = Broken(name, str(error).splitlines()[0])
