"""A price book file, checked and made into a `PriceBook`."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from pricing.book import PriceBook, Rate, Service, ServiceTier, Sku
from pricing.cards import Lifecycle, ModelCard
from pricing.loading.checks import size_limits, with_family
from pricing.loading.reference import Allowance, OtherPrice, Source
from pricing.loading.rows import (
    AllowanceRow,
    BookRows,
    Fields,
    LifecycleRow,
    Names,
    OtherRow,
    RateRow,
    ServiceRow,
    TierRow,
    UnitPrice,
)
from pricing.loading.shape import BOOK
from pricing.money import Micros
from pricing.problems import Problem
from pricing.reading.nodes import Document
from pricing.reading.shape import bind_document


def price_book(document: Document, *, path: str | None = None) -> tuple[PriceBook, tuple[Problem, ...]]:
    """The book a file holds, and the warnings; raises `Invalid` with every problem that makes it unusable.

    `path` is where a team keeps a book of its own; None for the books Bursar ships.
    """
    rows, warnings = bind_document(BOOK, document)
    return _Book(rows).build(path), warnings


class _Book:
    """Turns rows into a book; source names become what they stand for."""

    def __init__(self, rows: BookRows) -> None:
        self.rows = rows
        self.models = {
            model_id: with_family(fields, rows.families) for model_id, fields in rows.models.items()
        }

    def build(self, path: str | None) -> PriceBook:
        rows = self.rows
        return PriceBook(
            version=rows.version,
            title=rows.title,
            published=rows.published,
            cards={model_id: self._card(model_id, fields) for model_id, fields in self.models.items()},
            rates=tuple(self._rates()),
            services={key: self._service(key, row) for key, row in rows.services.items()},
            representative=rows.representative,
            path=path,
            sources=tuple(
                Source(name, row.what, row.where, row.read_on) for name, row in rows.sources.items()
            ),
            allowances=tuple(self._allowance(key, row) for key, row in rows.allowances.items()),
            other_prices=tuple(map(self._other, rows.other_prices)),
            row_count=sum(len(fields["rates"]) for fields in self.models.values()),
        )

    def _card(self, model_id: str, fields: Fields) -> ModelCard:
        facts = {key: value for key, value in fields.items() if key not in ("rates", "lifecycle", "source")}
        source: Names = fields.get("source", ())
        return ModelCard(
            **{
                **facts,
                "model_id": model_id,
                "size_limits": size_limits(fields),
                "lifecycle": self._lifecycle(fields.get("lifecycle")),
                "source": self._what(source),
                "read_on": self._read_on(source) if source else None,
            }
        )

    def _lifecycle(self, row: LifecycleRow | None) -> Lifecycle:
        if row is None:
            return Lifecycle()
        return Lifecycle(
            row.legacy_from,
            row.end_of_life,
            row.basis,
            row.replacement,
            self._what(row.source),
            self._read_on(row.source),
        )

    def _rates(self) -> Iterator[Rate]:
        for model_id, fields in self.models.items():
            for row in fields["rates"]:
                for region in row.regions:
                    yield self._rate(Sku(model_id, row.size_class, row.quality, region), row)

    def _rate(self, sku: Sku, row: RateRow) -> Rate:
        price, low, per = _together(row.usd_per_image, row.low_usd_per_image)
        return Rate(
            sku=sku,
            price=price,
            per=per,
            valid_from=row.valid_from or self.rows.valid_from,
            valid_until=row.valid_until,
            source=self._what(row.source),
            read_on=self._read_on(row.source),
            verified=row.verified,
            note=row.note,
            low_price=low,
        )

    def _service(self, key: str, row: ServiceRow) -> Service:
        return Service(
            key=key,
            product=row.product,
            unit=row.unit,
            tiers=tuple(map(_tier, row.tiers)),
            region=row.region,
            source=self._what(row.source),
            read_on=self._read_on(row.source),
            verified=row.verified,
            note=row.note,
        )

    def _allowance(self, key: str, row: AllowanceRow) -> Allowance:
        what, day = self._what(row.source), self._read_on(row.source)
        return Allowance(key, row.product, row.unit, row.quantity, what, day, row.verified, row.note)

    def _other(self, row: OtherRow) -> OtherPrice:
        what, day = self._what(row.source), self._read_on(row.source)
        return OtherPrice(row.item, row.unit, Fraction(*row.usd), what, day, row.verified, row.note)

    def _what(self, names: Names) -> str:
        return "; ".join(self.rows.sources[name].what for name in names)

    def _read_on(self, names: Names) -> date:
        """The first source is the one the number was read in."""
        return self.rows.sources[names[0]].read_on


def _together(high: UnitPrice, low: UnitPrice | None) -> tuple[Micros, Micros | None, int]:
    """Both ends of a price for the same number of images."""
    per = high[1] if low is None else max(high[1], low[1])
    scaled = Micros(high[0] * (per // high[1]))
    return scaled, None if low is None else Micros(low[0] * (per // low[1])), per


def _tier(row: TierRow) -> ServiceTier:
    price, units = row.usd
    return ServiceTier(row.up_to, price, units * row.per)
