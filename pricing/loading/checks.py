"""Rules across the keys of a price book: names lead somewhere, rows fit their model, a day has one price."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from pricing.cards import StepQuality
from pricing.loading.rows import Fields, RateRow
from pricing.model_ids import parse_model_id
from pricing.nearest import nearest
from pricing.reading.nodes import Mapping, Node, Sequence
from pricing.reading.shape import Values
from pricing.reading.sink import Sink
from pricing.sizes import Listed, SizeLimits

NEEDED: Final = ("provider", "product", "billed_by", "regions", "tasks", "sizes")
"""What every model has, of its own or from its family."""


def check_book(values: Values, root: Mapping, sink: Sink) -> None:
    """Tells the sink of everything that does not fit together, as far as the single values are right."""
    if "sources" in values:
        _check_sources(root, set(values["sources"]), sink)
    whole = _check_models(root, sink)
    if "models" in values and ("families" in values or "families" not in root.entries):
        for model_id, fields in values["models"].items():
            if model_id in whole:
                merged = with_family(fields, values.get("families", {}))
                _check_facts(merged, whole[model_id], sink)
                _check_rates(merged, whole[model_id], values.get("valid_from"), sink)


def with_family(fields: Fields, families: Fields) -> Fields:
    """A model's own keys over those of its family."""
    return {**families.get(fields["family"], {}), **fields}


def size_limits(fields: Fields) -> SizeLimits:
    """The limits as written; a rule that lists sizes is also the list of what AWS makes."""
    limits = fields.get("size_limits")
    if isinstance(limits, SizeLimits):
        return limits
    rule = fields["sizes"]
    return SizeLimits(listed=tuple(rule.sizes)) if isinstance(rule, Listed) else SizeLimits()


def _check_sources(root: Mapping, known: set[str], sink: Sink) -> None:
    """Every `source` below the root names one of the book's sources."""
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for key, value in ((text, value) for text, (_, value) in node.entries.items()):
                waiting.extend(_unknown_names(value, known, sink) if key == "source" else [value])
        elif isinstance(node, Sequence):
            waiting.extend(node.items)


def _unknown_names(node: Node, known: set[str], sink: Sink) -> Iterable[Node]:
    for item in node.items if isinstance(node, Sequence) else [node]:
        text = getattr(item, "text", None)
        if text is not None and text not in known:
            remedy = "" if sink.full else nearest(text, known, "describe it under sources")
            sink.error("unknown-source", item, "is not one of the book's sources", remedy)
    return ()


def _check_models(root: Mapping, sink: Sink) -> dict[str, Mapping]:
    """The models that have every key they need, of their own or from their family."""
    models = root.get("models")
    whole = {}
    for model_id, (key, node) in models.entries.items() if isinstance(models, Mapping) else ():
        if (ref := parse_model_id(model_id)).model_id != model_id:
            sink.error("not-bare", node, "is not a bare model id", f"write {ref.model_id}", at=key)
        if isinstance(node, Mapping):
            keys = _keys(root, node)
            missing = [name for name in NEEDED if name not in keys]
            for name in missing:
                sink.error(
                    "missing-key", node, "is missing", "add it here or to the model's family", key=name
                )
            if not missing:
                whole[model_id] = node
    return whole


def _keys(root: Mapping, model: Mapping) -> set[str]:
    family = getattr(model.get("family"), "text", "")
    common = _below(root, "families", family)
    return {*model.entries, *(common.entries if isinstance(common, Mapping) else ())}


def _check_facts(fields: Fields, node: Mapping, sink: Sink) -> None:
    default, qualities = fields.get("default_size"), set(fields.get("qualities", ()))
    for reason in size_limits(fields).violations(default) if default is not None else ():
        sink.error("wrong-value", node, f"{default} {reason}", "choose a size AWS makes", key="default_size")
    steps: tuple[StepQuality, ...] = fields.get("quality_steps", ())
    if steps and {step.quality for step in steps} != qualities:
        sink.error("wrong-value", node, "must name the same as qualities", key="quality_steps")


def _check_rates(fields: Fields, node: Mapping, valid_from: date | None, sink: Sink) -> None:
    rows: tuple[RateRow, ...] = fields["rates"]
    rates = node.get("rates")
    nodes = rates.items if isinstance(rates, Sequence) else []
    for row, at in zip(rows, nodes, strict=True):
        if sink.full:
            return
        for key, message, remedy in _misfits(row, fields):
            sink.error("wrong-value", at, message, remedy, key=key, at=_below(at, key) or at)
    if valid_from is not None:
        _check_days(rows, nodes, valid_from, sink)


def _misfits(row: RateRow, fields: Fields) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong with it, and how to mend it."""
    classes, qualities, regions = fields["sizes"].classes(), fields.get("qualities", ()), fields["regions"]
    if row.size_class not in classes:
        yield "size_class", f"the model has no size class {row.size_class}", nearest(row.size_class, classes)
    if row.quality is not None and row.quality not in qualities:
        yield (
            "quality",
            f"the model has no quality {row.quality}",
            nearest(row.quality, qualities, "leave it out"),
        )
    if row.quality is None and qualities:
        yield "quality", "is missing", f"the model has {', '.join(qualities)}"
    for region in row.regions:
        if region not in regions:
            yield (
                "regions",
                f"{region} is not one of the model's regions",
                nearest(region, regions, "add it there"),
            )
    if row.low_usd_per_image is not None and _more(row.low_usd_per_image, row.usd_per_image):
        yield "low_usd_per_image", "is above usd_per_image", "write the low end here and the high one there"


def _more(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] * other[1] > other[0] * one[1]


def _check_days(rows: tuple[RateRow, ...], nodes: list[Node], book_from: date, sink: Sink) -> None:
    """Every row ends after it begins, and no SKU has two prices on one day."""
    spans: dict[tuple[str, str | None, str], list[_Span]] = {}
    for row, node in zip(rows, nodes, strict=True):
        first, until = row.valid_from or book_from, row.valid_until or date.max
        if until <= first:
            message = f"ends on {until}, before it begins on {first}"
            sink.error("wrong-value", node, message, "set valid_until after it", key="valid_until")
        for region in row.regions:
            sku = (row.size_class, row.quality, region)
            spans.setdefault(sku, []).append((first, node.start.line, until, node))
    for (_, _, region), taken in spans.items():
        _check_apart(region, taken, sink)


_Span = tuple[date, int, date, Node]
"""First day, line, first day no more, and the row itself."""


def _check_apart(region: str, spans: list[_Span], sink: Sink) -> None:
    spans.sort(key=lambda span: span[:2])
    free, line = date.min, 0
    for first, here, until, node in spans:
        if first < free:
            message = f"prices {region} on days that the row on line {line + 1} prices"
            sink.error("duplicate-price", node, message, "set valid_from and valid_until apart")
        if until > free:
            free, line = until, here


def _below(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node
