"""Tables of text, Markdown and CSV: aligned, and inert."""

from planner.report.tables import Column, csv_table, markdown_table, markdown_text, text_table

COLUMNS = (Column("name"), Column("usd", "right"))


def test_columns_line_up_by_what_a_terminal_shows() -> None:
    """Two wide characters take four columns; a combining accent takes none."""
    table = text_table(COLUMNS, [["日本", "1"], ["e\u0301", "20"], ["abc", "300"]])
    assert table == "name  usd\n日本    1\ne\u0301      20\nabc   300\n"


def test_control_characters_never_reach_the_terminal() -> None:
    assert "\x1b" not in text_table(COLUMNS, [["\x1b[31mred", "\u202e1"]])


def test_markdown_shows_markup_as_text() -> None:
    assert markdown_text("a|b <b>*x*</b> [l](u) `c` @me #1 _e_") == (
        "a\\|b &lt;b&gt;\\*x\\*&lt;/b&gt; \\[l\\]\\(u\\) \\`c\\` &#64;me \\#1 \\_e\\_"
    )
    assert markdown_table(COLUMNS, [["x\ny", "1"]]) == "| name | usd |\n| --- | ---: |\n| x\\\\ny | 1 |\n"


def test_csv_text_that_a_spreadsheet_would_run_is_made_inert() -> None:
    table = csv_table(["a"], [["=1+1"], ["-1.50"], ["+cmd"], ["@x"], ["-x"], ["plain, quoted"], [None]])
    assert table.splitlines() == ["a", "'=1+1", "-1.50", "'+cmd", "'@x", "'-x", '"plain, quoted"', '""']
