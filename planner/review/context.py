"""What rules see: the scenario, its prices and its plan, and the planned calls with what they cost."""

from collections.abc import Iterator
from datetime import date

from planner.charges import by_rate
from planner.credits import CreditPool
from planner.months import first_day
from planner.plan import Plan
from planner.projection import credit_pool
from planner.review.settings import ReviewSettings
from planner.scenario import Pipeline, Scenario
from planner.scenario_file import ScenarioFile
from planner.stages import PricedStage
from pricing.book import PriceBook
from pricing.cards import ModelCard
from pricing.money import Micros
from pricing.records import record


@record
class PlannedCall:
    """One stage of one pipeline, as the plan prices it."""

    pipeline: Pipeline
    priced: PricedStage
    costs: tuple[Micros, ...]
    """What its images cost in each planned month, before credits."""

    @property
    def task(self) -> str:
        return self.priced.stage.task or self.priced.card.tasks[0]

    @property
    def names(self) -> tuple[str, str]:
        """The model by the name of its card, and as the stage asks for it."""
        return self.priced.card.model_id, self.priced.stage.model_id


@record
class ReviewContext:
    """One scenario under review."""

    file: ScenarioFile
    settings: ReviewSettings
    as_of: date
    list_book: PriceBook | None
    """As it was loaded; None when it cannot be had."""
    book: PriceBook | None
    """With the scenario's overrides."""
    plan: Plan | None
    """None for a policy for the guard alone, and where a stage has no price."""
    calls: tuple[PlannedCall, ...] = ()
    """None without a plan."""

    @property
    def scenario(self) -> Scenario:
        return self.file.scenario

    @property
    def day(self) -> date:
        """The day whose prices and lifecycles count: the plan's first, or the day of the review."""
        return first_day(self.scenario.start) if self.scenario.start else self.as_of

    @property
    def pools(self) -> tuple[CreditPool, ...]:
        return tuple(map(credit_pool, self.scenario.credits))

    def card(self, model_id: str) -> ModelCard | None:
        """The card of a model id; None where the book has none, or there is no book."""
        return None if self.book is None else self.book.known_card(model_id)

    def live_cards(self) -> Iterator[ModelCard]:
        """The models of the book that still answer."""
        cards = self.book.cards.values() if self.book else ()
        return (card for card in cards if not card.lifecycle.retired(self.day))


def planned_calls(plan: Plan | None) -> tuple[PlannedCall, ...]:
    """The stages in the order of the file, with what each costs; none without a plan."""
    if plan is None:
        return ()
    pipelines = [pipeline for pipeline in plan.scenario.pipelines for _ in pipeline.stages]
    months = [month.month for month in plan.demands]
    uses_of_stages = zip(*(month.image_uses for month in plan.demands), strict=True)
    return tuple(
        PlannedCall(
            pipeline,
            uses[0].stage,
            tuple(_cost(use.stage, month, use.images) for use, month in zip(uses, months, strict=True)),
        )
        for pipeline, uses in zip(pipelines, uses_of_stages, strict=True)
    )


def _cost(priced: PricedStage, month: str, images: int) -> Micros:
    parts = by_rate(priced.rates, month, images)
    return Micros(sum(round(rate.unit_price * part) for rate, part in parts))


def names_of(card: ModelCard) -> tuple[str, ...]:
    """Every spelling of a model id without ARN: bare, and by its inference profiles."""
    return (card.model_id, *(f"{geography}.{card.model_id}" for geography in card.geographies))
