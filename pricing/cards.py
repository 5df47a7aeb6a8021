"""What a book knows of a model besides its rates: who bills it, where it runs, what it takes, its end."""

from datetime import date
from typing import Literal

from pricing.records import record
from pricing.sizes import Size, SizeLimits, SizeRule

BilledBy = Literal["aws", "marketplace"]
NEAR_END_DAYS = 45
"""AWS gives models launched from 2026-09-07 on as little as 45 days between Legacy and end of life."""


@record
class Lifecycle:
    """The dates at which a model stops being sold and stops answering."""

    legacy_from: date | None = None
    """First day in Legacy: no new customers, idle accounts lose access. None while active or unknown."""
    end_of_life: date | None = None
    """First day AWS no longer answers for the model; None while none is announced."""
    basis: str = ""
    """How the dates are known: announced by AWS, or observed between two inventories."""
    replacement: str | None = None
    """The model id to move to; None where no successor is known."""
    source: str = ""
    read_on: date | None = None

    def retired(self, on: date) -> bool:
        return self.end_of_life is not None and on >= self.end_of_life

    def near_end(self, on: date, days: int = NEAR_END_DAYS) -> bool:
        """Still alive on the day, but not `days` days later."""
        return self.end_of_life is not None and 0 < (self.end_of_life - on).days <= days


@record
class StepQuality:
    """Where quality is a number of diffusion steps (SDXL): up to `max_steps` included, None for no bound."""

    max_steps: int | None
    quality: str


@record
class ModelCard:
    """A model as one book describes it."""

    model_id: str
    """The foundation model id, without geography or ARN: `stability.stable-image-inpaint-v1:0`."""
    name: str
    provider: str
    product: str
    """The product name on the AWS bill; credit pools name products by it."""
    billed_by: BilledBy
    family: str
    """Which request format it speaks: the name of a module in `pricing.requests`."""
    regions: tuple[str, ...]
    """Where AWS offers or last offered it; the first one is assumed when none is given."""
    tasks: tuple[str, ...]
    """The task types it performs; the first is its default."""
    sizes: SizeRule
    geographies: tuple[str, ...] = ()
    """Inference profiles it is called through (`us`); empty when it answers on demand by its bare id."""
    images_per_request: int = 1
    """The most images one request may ask for."""
    qualities: tuple[str, ...] = ()
    """Quality names in rising order of price; empty where the model has none. The first is the default."""
    quality_steps: tuple[StepQuality, ...] = ()
    """Filled where the number of steps decides the quality."""
    default_size: Size | None = None
    """The output size AWS uses when a request names none; None where size does not matter."""
    size_limits: SizeLimits = SizeLimits()
    prompt_chars: int | None = None
    lifecycle: Lifecycle = Lifecycle()
    source: str = ""
    read_on: date | None = None
    note: str = ""
