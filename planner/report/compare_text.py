"""A comparison as text, Markdown, CSV and JSON."""

from fractions import Fraction
from typing import Any

from planner.compare import Comparison, Figure, Value
from planner.report.plan_json import whole
from planner.report.tables import Column, csv_table, display_width, markdown_table, text_table
from pricing.money import decimal_usd, format_usd
from pricing.printable import printable


def compare_text(comparison: Comparison, *, width: int = 120) -> str:
    """One column a scenario, with the difference to the first; scenarios become rows when the columns do not fit."""
    columns, rows = _grid(comparison)
    table = text_table(columns, rows)
    if max(map(display_width, table.splitlines())) > width:
        table = "\n".join(_block(comparison, index) for index in range(len(comparison.plans)))
    return table + "".join(f"\n{line}\n" for line in _notes(comparison))


def compare_markdown(comparison: Comparison) -> str:
    """The comparison as one table."""
    columns, rows = _grid(comparison)
    return markdown_table(columns, rows) + "".join(f"\n{line}\n" for line in _notes(comparison))


def compare_csv(comparison: Comparison) -> str:
    """One row per scenario and figure; dollars as exact decimals."""
    rows = (
        [
            plan.scenario.name,
            printable(plan.file),
            figure.key,
            machine_value(figure, figure.values[index]),
            _machine_change(figure, index),
        ]
        for figure in comparison.figures
        for index, plan in enumerate(comparison.plans)
    )
    return csv_table(("scenario", "file", "figure", "value", "change"), rows)


def compare_json(comparison: Comparison) -> dict[str, Any]:
    """Figures by scenario; amounts are decimal strings in USD."""
    return {
        "scenarios": [
            {
                "scenario": plan.scenario.name,
                "file": plan.file,
                "price_book": plan.book.version,
                "representative": plan.book.representative,
                "start": plan.scenario.start,
                "months": plan.scenario.months,
                **{figure.key: machine_value(figure, figure.values[index]) for figure in comparison.figures},
                "change": {
                    figure.key: _machine_change(figure, index)
                    for figure in comparison.figures
                    if figure.unit != "month"
                },
            }
            for index, plan in enumerate(comparison.plans)
        ],
        "same_months": comparison.same_months,
    }


def _grid(comparison: Comparison) -> tuple[list[Column], list[list[str]]]:
    columns = [Column(""), *(Column(printable(plan.scenario.name), "right") for plan in comparison.plans)]
    rows = []
    for figure in comparison.figures:
        rows.append([figure.words, *(shown_value(figure, value) for value in figure.values)])
        changes = [change_text(figure, index) for index in range(1, len(comparison.plans))]
        if any(changes):
            rows.append(["", "", *changes])
    rows.append(["prices", *(prices_text(comparison, index) for index in range(len(comparison.plans)))])
    return columns, rows


def _block(comparison: Comparison, index: int) -> str:
    rows = [
        [figure.words, shown_value(figure, figure.values[index]), change_text(figure, index) if index else ""]
        for figure in comparison.figures
    ]
    rows.append(["prices", prices_text(comparison, index), ""])
    plan = comparison.plans[index]
    columns = (Column(printable(plan.scenario.name)), Column("", "right"), Column("", "right"))
    return text_table(columns, rows)


def prices_text(comparison: Comparison, index: int) -> str:
    """The book a plan was priced with, and what is special about that."""
    book = comparison.plans[index].book
    overrides = len(comparison.plans[index].scenario.price_overrides)
    marks = [
        *(["representative"] if book.representative else []),
        *([f"{overrides} price override{'s' if overrides > 1 else ''}"] if overrides else []),
    ]
    return book.version + (f" ({', '.join(marks)})" if marks else "")


def shown_value(figure: Figure, value: Value) -> str:
    """A figure's value for people: dollars, grouped counts, months as text."""
    if value is None:
        return "never" if figure.unit == "month" else "-"
    if isinstance(value, str):
        return value
    if figure.unit == "usd":
        return format_usd(value, places=4 if figure.key == "cost_per_asset" else 2)
    return f"{whole(value):,}"


def change_text(figure: Figure, index: int) -> str:
    """How far a plan is from the first, in the figure's own unit and in per cent; empty where it is not."""
    change = figure.change(index)
    if not change:
        return ""
    sign = "+" if change > 0 else "-"
    amount = shown_value(figure, abs(change))
    percent = figure.change_pct(index)
    return f"{sign}{amount}" + (
        f" ({float(percent):+.1f} %)" if percent is not None and figure.unit == "usd" else ""
    )


def machine_value(figure: Figure, value: Value) -> str | int | None:
    """A figure's value for CSV and JSON: decimal dollars, whole counts, months as text."""
    if isinstance(value, Fraction):
        return decimal_usd(value) if figure.unit == "usd" else whole(value)
    return value


def _machine_change(figure: Figure, index: int) -> str | int | None:
    return machine_value(figure, figure.change(index))


def _notes(comparison: Comparison) -> list[str]:
    return [] if comparison.same_months else ["The scenarios cover different months: compare sums with care."]
