"""What the endpoint would have billed: the truth a guard's ledger is compared with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from planner.guard.local_bedrock.work import Work
from pricing.book import Sku
from pricing.money import Micros, decimal_usd


@dataclass(frozen=True, slots=True)
class SkuTotal:
    """Billed images of one SKU, and what they come to."""

    images: int
    micros: Micros


@dataclass(frozen=True, slots=True)
class Billed:
    """Everything billed so far, each HTTP attempt counted, whether or not anyone took the answer."""

    images: int
    micros: Micros
    by_sku: Mapping[Sku, SkuTotal]


@dataclass(frozen=True, slots=True)
class Served:
    """One attempt, as it is counted: before anything of the answer is sent."""

    model_id: str
    """As the request spelt it."""
    outcome: str
    """`ok`, the word of a fault (`timeout`, `filtered`, ...), or the code of an error."""
    task: str | None = None
    """None for a request that was refused before it meant anything."""
    images: int = 0
    """Billed images: 0 when nothing is billed, however many were asked for."""
    micros: Micros = Micros(0)  # noqa: RUF009 - an int
    sku: Sku | None = None


class Tally:
    """Counts attempts; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._outcomes: Counter[str] = Counter()
        self._images: Counter[Sku] = Counter()
        self._micros: Counter[Sku] = Counter()

    def count(self, served: Served) -> None:
        with self._lock:
            self._outcomes[served.outcome] += 1
            if served.sku is not None and served.images:
                self._images[served.sku] += served.images
                self._micros[served.sku] += served.micros

    def billed(self) -> Billed:
        with self._lock:
            by_sku = {
                sku: SkuTotal(images, Micros(self._micros[sku])) for sku, images in self._images.items()
            }
        micros = Micros(sum(total.micros for total in by_sku.values()))
        return Billed(sum(total.images for total in by_sku.values()), micros, by_sku)

    def outcomes(self) -> dict[str, int]:
        with self._lock:
            return dict(self._outcomes)

    def reset(self) -> None:
        with self._lock:
            for counter in (self._outcomes, self._images, self._micros):
                counter.clear()


def served(model_id: str, work: Work, outcome: str, *, billed: bool) -> Served:
    images, micros = (work.images, work.micros) if billed else (0, Micros(0))
    return Served(model_id, outcome, work.task, images, micros, work.sku)


def totals_json(billed: Billed, outcomes: Mapping[str, int]) -> dict[str, object]:
    """The body of `GET /_local/billed`; `micros` are whole millionths of a dollar."""
    skus = [
        {
            "model_id": sku.model_id,
            "size_class": sku.size_class,
            "quality": sku.quality,
            "region": sku.region,
            "images": total.images,
            "micros": total.micros,
        }
        for sku, total in billed.by_sku.items()
    ]
    return {
        "images": billed.images,
        "micros": billed.micros,
        "usd": decimal_usd(billed.micros),
        "by_sku": skus,
        "requests": dict(outcomes),
    }
