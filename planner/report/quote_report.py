"""A quote as JSON, as lines for a terminal, as CSV and as Markdown."""

from typing import Any

from planner.report.tables import Column, csv_table, markdown_table, markdown_text
from pricing.money import decimal_usd
from pricing.printable import printable
from pricing.problems import Problem
from pricing.quote import Quote


def quote_json(quote: Quote) -> dict[str, Any]:
    """The quote as plain values, keys in reading order; amounts are decimal strings in USD."""
    return {
        "model_id": quote.model_id,
        "task": quote.task,
        "images": quote.images,
        "size": str(quote.size) if quote.size else None,
        "size_class": quote.size_class,
        "quality": quote.quality,
        "region": quote.region,
        "unit_price": decimal_usd(quote.unit_price),
        "cost": decimal_usd(quote.cost),
        "price_book": quote.price_book,
        "assumptions": list(quote.assumptions),
        "problems": [_problem_json(problem) for problem in quote.problems],
    }


def quote_text(quote: Quote) -> str:
    """The cost first, then what it is made of, what was assumed, and what to know before sending it."""
    lines = [f"at most ${decimal_usd(quote.cost)}", ""]
    lines += [f"  {label:<12} {value}" for label, value in _rows(quote)]
    lines += [f"  {'assumed':<12} {printable(said, 600)}" for said in quote.assumptions]
    lines += [f"  {problem.severity:<12} {_words(problem)}  [{problem.code}]" for problem in quote.problems]
    return "\n".join(lines) + "\n"


def quote_markdown(quote: Quote) -> str:
    """A heading with the cost, a table, and the rest as a list."""
    notes = [f"- assumed: {markdown_text(said)}" for said in quote.assumptions]
    notes += [
        f"- **{problem.severity}** `{problem.code}`: {markdown_text(_words(problem))}"
        for problem in quote.problems
    ]
    table = markdown_table((Column("What"), Column("Value")), _rows(quote))
    return (
        f"### At most ${decimal_usd(quote.cost)}\n\n{table}"
        + "".join(f"\n{line}" for line in notes).rstrip()
        + "\n"
    )


def quote_csv(quote: Quote) -> str:
    """One row; assumptions and problems are joined with semicolons."""
    value = quote_json(quote)
    value["assumptions"] = "; ".join(quote.assumptions)
    value["problems"] = "; ".join(f"{problem.code}: {_words(problem)}" for problem in quote.problems)
    return csv_table(list(value), [list(value.values())])


def _rows(quote: Quote) -> list[tuple[str, str]]:
    rows = [
        ("images", f"{quote.images} x ${decimal_usd(quote.unit_price)}"),
        ("model", quote.model_id),
        ("task", quote.task),
        ("size", f"{quote.size}, class {quote.size_class}" if quote.size else f"class {quote.size_class}"),
        ("quality", quote.quality or "the model has one"),
        ("region", quote.region),
        ("price book", quote.price_book),
    ]
    return [(label, printable(value)) for label, value in rows]


def _problem_json(problem: Problem) -> dict[str, str]:
    return {"severity": problem.severity, "code": problem.code, "message": _words(problem)}


def _words(problem: Problem) -> str:
    return printable(f"{problem.message}; {problem.remedy}" if problem.remedy else problem.message, 600)
