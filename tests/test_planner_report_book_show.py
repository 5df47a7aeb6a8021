"""A price book as text, wide and narrow."""

from planner.report.book_show import Shown, show_text
from pricing.load import load_book
from pricing.records import replace

BOOK = load_book("2026-representative")


def test_a_wide_terminal_gets_one_line_a_price() -> None:
    """The model stands on every line, so that lines can be searched."""
    text = show_text(Shown(BOOK, BOOK.rates, whole=False), width=200)
    assert text == show_text(Shown(BOOK, BOOK.rates, whole=False))
    assert sum("amazon.nova-canvas-v1:0" in line for line in text.splitlines()) == 4


def test_a_narrow_terminal_gets_a_heading_for_each_model() -> None:
    """What decides the price fits 80 columns."""
    lines = show_text(Shown(BOOK, BOOK.rates, whole=False), width=80).splitlines()
    assert lines[2:6] == [
        "  size class   quality   region                   per image",
        "amazon.titan-image-generator-v1",
        "  <=1024x1024  standard  us-east-1, us-west-2        $0.008  not verified",
        "  <=1024x1024  premium   us-east-1, us-west-2        $0.010  not verified",
    ]
    assert max(map(len, lines[2:-4])) <= 80


def test_a_book_without_services_shows_no_empty_tables() -> None:
    """Only what is there has a heading."""
    bare = replace(BOOK, services={}, allowances=(), other_prices=())
    text = show_text(Shown(bare, bare.rates, whole=True))
    assert "service" not in text
    assert "other price" not in text
