"""What a stage could use instead: other models, qualities and sizes that the price book sells for the same task."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from planner.months import first_day
from planner.scenario import Pipeline, Scenario, Stage
from planner.stages import PricedStage, resolve_stages
from pricing.book import PriceBook
from pricing.cards import ModelCard
from pricing.money import decimal_usd
from pricing.records import record, replace
from pricing.requests.shapes import smaller_of_same_shape
from pricing.sizes import Area, Flat, LongestSide, Size


@record
class Option:
    """One thing a stage could use, and what an image then costs on the first planned day."""

    value: str | Size
    words: str
    unit_price: Fraction
    """Micro-dollars for one image, exactly."""
    current: bool
    default: bool = False
    """Whether leaving the key out means the same."""

    @property
    def price_words(self) -> str:
        return f"${decimal_usd(self.unit_price)}"


def model_options(scenario: Scenario, stage: Stage, before: Stage, book: PriceBook) -> tuple[Option, ...]:
    """Models for the stage's task that the book prices there in every planned month, cheapest first.

    A model past its end of life is offered only where the stage uses it already. `before` is the stage as the file has
    it: its quality and size come back with a model that takes them.
    """
    here = book.card(stage.model_id)
    task = stage.task or here.tasks[0]
    found = []
    for card in book.cards.values():
        current = card.model_id == here.model_id
        made = stage if current else with_model(stage, before, card.model_id, book)
        if current or (_does(card, task, stage) and not _retired(card, scenario)):
            priced = _priced(scenario, made, book)
            if priced is not None:
                found.append(Option(made.model_id, short_model(card), _price(priced), current))
    return tuple(sorted(found, key=lambda option: option.unit_price))


def quality_options(scenario: Scenario, stage: Stage, book: PriceBook) -> tuple[Option, ...]:
    """The model's qualities in rising order of price."""
    qualities = book.card(stage.model_id).qualities
    made = ((each, replace(stage, quality=each)) for each in qualities)
    now = stage.quality or next(iter(qualities), None)
    return tuple(_options(scenario, made, now, next(iter(qualities), None), book))


def size_options(scenario: Scenario, stage: Stage, book: PriceBook) -> tuple[Option, ...]:
    """One size of each size class, in the shape of the stage's own where the model makes that, smallest first."""
    card = book.card(stage.model_id)
    size = stage.size or card.default_size
    if size is None or isinstance(card.sizes, Flat):
        return ()
    here = card.sizes.class_of(size)
    sizes = [size if each == here else _size_of(card, size, each) for each in card.sizes.classes()]
    made = ((each, replace(stage, size=each)) for each in sizes if each is not None)
    return tuple(_options(scenario, made, size, card.default_size, book))


def with_model(stage: Stage, before: Stage, model_id: str, book: PriceBook) -> Stage:
    """The stage on another model; size, quality and steps stay where it takes them, or come back from `before`."""
    card = book.card(model_id)
    quality = next((each for each in (stage.quality, before.quality) if each in card.qualities), None)
    sized = (each for each in (stage.size, before.size) if each is not None)
    size = None
    if not isinstance(card.sizes, Flat):
        size = next((each for each in sized if not any(card.size_limits.violations(each))), None)
    steps = (stage.steps or before.steps) if card.quality_steps else None
    if before.model_id == model_id:
        return replace(stage, model_id=model_id, quality=before.quality, size=before.size, steps=before.steps)
    return replace(
        stage, model_id=model_id, quality=None if card.quality_steps else quality, size=size, steps=steps
    )


def short_model(card: ModelCard) -> str:
    """The model id without its provider: `stable-image-core-v1:1`."""
    return card.model_id.partition(".")[2] or card.model_id


def _does(card: ModelCard, task: str, stage: Stage) -> bool:
    """Whether the model does the task, also when the stage leaves the task to the model's default."""
    return task in card.tasks and (stage.task is not None or card.tasks[0] == task)


def _retired(card: ModelCard, scenario: Scenario) -> bool:
    return scenario.start is not None and card.lifecycle.retired(first_day(scenario.start))


def _priced(scenario: Scenario, stage: Stage, book: PriceBook) -> PricedStage | None:
    """The stage's SKU; None where the book does not price it in every planned month."""
    alone = Pipeline("one", Fraction(1), (stage,))
    found = resolve_stages(replace(scenario, pipelines=(alone,)), book)
    return found.pipelines[0][0] if found.pipelines[0] else None


def _price(priced: PricedStage) -> Fraction:
    return priced.rates[0].unit_price


def _options(
    scenario: Scenario,
    made: Iterable[tuple[str | Size, Stage]],
    now: str | Size | None,
    default: str | Size | None,
    book: PriceBook,
) -> Iterator[Option]:
    for value, stage in made:
        priced = _priced(scenario, stage, book)
        if priced is not None:
            yield Option(value, str(value), _price(priced), value == now, value == default)


def _size_of(card: ModelCard, size: Size, size_class: str) -> Size | None:
    """A size of the class in the shape of another one: exactly where there is one, else a square."""
    same = smaller_of_same_shape(card, size, size_class)
    if same is not None:
        return same
    listed = card.size_limits.listed or tuple(_squares(card, size_class))
    fitting = [each for each in listed if card.sizes.class_of(each) == size_class]
    made = [each for each in fitting if not any(card.size_limits.violations(each))]
    return min(made, key=lambda each: (abs(Fraction(*each) - Fraction(*size)), -each.pixels), default=None)


def _squares(card: ModelCard, size_class: str) -> Iterator[Size]:
    rule = card.sizes
    if isinstance(rule, LongestSide | Area):
        for step in rule.steps:
            side = step.limit or 0
            if step.size_class == size_class and isinstance(rule, LongestSide):
                yield (
                    Size(side, side)
                    if side
                    else Size(card.size_limits.max_side or 0, card.size_limits.max_side or 0)
                )
