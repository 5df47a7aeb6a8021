"""One scenario before and now: which figures moved, and which lines moved them."""

from collections.abc import Iterator
from fractions import Fraction

from planner.plan import Plan, book_of, make_plan
from planner.review.before import Before, why_unplanned
from planner.review.edits import Edit, edits
from planner.review.effects import MOST_SHOWN, changed_lines, costs
from planner.review.findings_since import findings_since
from planner.review.reviewed import ChangeState, FileDifference, Reviewed, Shift
from planner.review.shifts import shifts, shifts_of_one
from pricing.book import PriceBook
from pricing.problems import Invalid
from pricing.records import replace


def compared(state: ChangeState, before_name: str, before: Before, now: Reviewed) -> FileDifference:
    """The whole difference of a file that is on both sides; `state` is what git says of it."""
    why = why_unplanned(now)
    new_findings, mended = findings_since(before.reviewed, now)
    file = FileDifference(
        path=now.path,
        before_path=before_name,
        state="invalid" if before.why or why else state,
        new_findings=new_findings,
        mended=0 if why else mended,  # what is no longer looked for is not mended
        notes=sides(before.why, why),
    )
    if why:
        return file
    if before.why:
        return replace(file, shifts=() if now.plan is None else shifts_of_one(now.plan, gone=False))
    return _with_figures(file, before, now)


def sides(before: str, now: str) -> tuple[str, ...]:
    """What is wrong with either side, each as a note."""
    return tuple(f"{side}: {why}" for side, why in (("before", before), ("now", now)) if why)


def prices_of(reviewed: Reviewed) -> PriceBook | None:
    """The book a file was planned with, without its overrides; None where there is no plan."""
    if reviewed.plan is None or reviewed.file is None:
        return None
    return (
        book_of(reviewed.file, reviewed.path)
        if reviewed.file.scenario.price_overrides
        else reviewed.plan.book
    )


def _with_figures(file: FileDifference, before: Before, now: Reviewed) -> FileDifference:
    made = _edits(before.reviewed, now)
    plan, past = now.plan, before.reviewed.plan
    if plan is None or past is None:
        return replace(
            file,
            shifts=_one_sided(past, plan),
            lines=changed_lines(before.reviewed, now, made, None),
            notes=(*_kinds(past, plan), *_cut(made)),
        )
    prices = _prices(before, now)
    between = _between(before.reviewed, now, prices)
    return replace(
        file,
        shifts=shifts(past, between, plan),
        lines=changed_lines(before.reviewed, now, made, prices, _of_only(made, past, between, plan)),
        notes=(*_months(past, plan), *_books(prices), *_unsplit(between), *_cut(made)),
    )


def _edits(before: Reviewed, now: Reviewed) -> tuple[Edit, ...]:
    old = None if before.file is None else before.file.document.root
    new = None if now.file is None else now.file.document.root
    return () if old is None or new is None else tuple(edits(old, new))


def _one_sided(before: Plan | None, now: Plan | None) -> tuple[Shift, ...]:
    if now is not None:
        return shifts_of_one(now, gone=False)
    return () if before is None else shifts_of_one(before, gone=True)


def _prices(before: Before, now: Reviewed) -> tuple[PriceBook, PriceBook]:
    """The books of before and now; the same one twice where they say the same."""
    old, new = before.book, prices_of(now)
    assert old is not None and new is not None  # noqa: S101 - both sides have a plan
    alike = old is new or (old.version == new.version and replace(old, path=None) == replace(new, path=None))
    return (new, new) if alike else (old, new)


def _between(before: Reviewed, now: Reviewed, prices: tuple[PriceBook, PriceBook]) -> Plan | None:
    """The scenario of now under the prices of before; None where those do not price it."""
    assert before.plan is not None and now.plan is not None and now.file is not None  # noqa: S101 - as above
    if prices[0] is prices[1]:
        return now.plan
    if replace(before.plan.scenario, price_book=None) == replace(now.plan.scenario, price_book=None):
        return before.plan
    try:
        return make_plan(now.file, prices[0], as_of=now.plan.as_of)
    except Invalid:
        return None


def _of_only(made: tuple[Edit, ...], before: Plan, between: Plan | None, now: Plan) -> Fraction | None:
    """What a single edit that costs does to the list cost is what the plans are apart."""
    costly = [edit for edit in made if costs(edit)]
    if len(costly) != 1 or between is None:
        return None
    first, second = (between, now) if costly[0].top == "price_book" else (before, between)
    return Fraction(second.projection.totals.list_cost - first.projection.totals.list_cost)


def _kinds(before: Plan | None, now: Plan | None) -> Iterator[str]:
    if now is not None:
        yield "before: a policy for the guard alone, without a plan"
    elif before is not None:
        yield "now: a policy for the guard alone, without a plan"


def _months(before: Plan, now: Plan) -> Iterator[str]:
    was, is_now = (f"{plan.scenario.months} months from {plan.scenario.start}" for plan in (before, now))
    if was != is_now:
        yield f"plans {is_now} instead of {was}: the sums do not compare like with like"


def _books(prices: tuple[PriceBook, PriceBook]) -> Iterator[str]:
    old, new = prices
    if old.version != new.version:
        yield f"price book {new.version} instead of {old.version}"
    elif old is not new:
        yield f"price book {new.version} has other contents"


def _unsplit(between: Plan | None) -> Iterator[str]:
    if between is None:
        yield "the prices of before do not price the scenario of now, so the change is not split"


def _cut(made: tuple[Edit, ...]) -> Iterator[str]:
    if len(made) > MOST_SHOWN:
        yield f"{len(made) - MOST_SHOWN:,} more changed values are not listed"
