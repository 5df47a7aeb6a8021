"""How things look: themes, and a colour and a letter for each pool or scenario, so that colour is never the only sign."""

from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

DARK: Final = "bursar-dark"
LIGHT: Final = "bursar-light"
PLAIN: Final = "bursar-plain"
"""Without colour: the terminal's own foreground and background, and reverse video for the cursor."""

OKABE_ITO_DARK: Final = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#CC79A7",
    "#D55E00",
    "#7FA6FF",
    "#B0B0B0",
)
"""Okabe and Ito's colours, which people with any colour vision tell apart; blue is raised to show on black."""
OKABE_ITO_LIGHT: Final = (
    "#0072B2",
    "#D55E00",
    "#007A59",
    "#A8508A",
    "#9A6A00",
    "#2B83BA",
    "#5C5C00",
    "#555555",
)
"""The same hues, darkened where they would fade on white."""
ANSI: Final = ("yellow", "cyan", "green", "magenta", "blue", "red", "bright_cyan", "bright_black")
FILLS: Final = "█▓▒░"
"""Where there is no colour, pools differ by fill."""

THEMES: Final = (
    Theme(
        name=DARK,
        primary="#56B4E9",
        secondary="#7FA6FF",
        accent="#E69F00",
        warning="#F0C040",
        error="#FF7A66",
        success="#3CCB9B",
        foreground="#DDE1E6",
        background="#101418",
        surface="#171C22",
        panel="#212831",
        dark=True,
        variables={"footer-key-foreground": "#56B4E9"},
    ),
    Theme(
        name=LIGHT,
        primary="#005A8C",
        secondary="#0072B2",
        accent="#B35900",
        warning="#8A5A00",
        error="#B3261E",
        success="#00664A",
        foreground="#1B1F23",
        background="#FAFAF7",
        surface="#F0F0EC",
        panel="#E2E3DE",
        dark=False,
        variables={"footer-key-foreground": "#005A8C"},
    ),
    Theme(
        name=PLAIN,
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_default",
        error="ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        ansi=True,
        variables={
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "block-cursor-text-style": "reverse",
            "input-cursor-text-style": "reverse",
        },
    ),
)


def letter(index: int) -> str:
    """`A`, `B`, ... `Z`, then `a`...; the mark of a pool or scenario."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return letters[index] if index < len(letters) else "*"


def series_styles(app: "App[None]", count: int) -> tuple[Style, ...]:
    """One look for each of `count` pools or scenarios, in the theme's own kind of colours; they repeat after eight."""
    if app.no_color:
        return (Style(),) * count
    theme = app.current_theme
    colours = ANSI if theme.ansi else OKABE_ITO_DARK if theme.dark else OKABE_ITO_LIGHT
    return tuple(Style(color=colours[index % len(colours)]) for index in range(count))


def series_fill(app: "App[None]", index: int) -> str:
    """A full block where colours tell pools apart; a fill of its own for each where there are none."""
    return FILLS[index % len(FILLS)] if app.no_color else FILLS[0]


def cursor_style(app: "App[None]", *, focused: bool = True) -> Style:
    """How the row or cell under the cursor looks; reverse video where the terminal's own colours are used."""
    if app.no_color or app.current_theme.ansi:
        return Style(reverse=focused, bold=not focused)
    variables = app.get_css_variables()
    name = "block-cursor" if focused else "block-cursor-blurred"
    return _style(variables.get(f"{name}-foreground"), variables.get(f"{name}-background"), bold=focused)


def word_style(app: "App[None]", word: str) -> Style:
    """The look of a severity or a mark: `good`, `warning`, `error`, `accent`, `muted`, `strong`, `primary`."""
    if word == "muted":
        return Style(dim=True)
    if word == "strong" or app.no_color:
        return Style(bold=True)
    colour = {"good": "success"}.get(word, word)
    value = getattr(app.current_theme, colour, None)
    return Style(color=_rich(value), bold=word != "primary") if value else Style(bold=True)


def _style(foreground: str | None, background: str | None, *, bold: bool) -> Style:
    from textual.color import Color

    front, back = (
        Color.parse(each) if each and not each.startswith("auto") else None
        for each in (foreground, background)
    )
    if back is not None and back.a < 1:
        return Style(reverse=True, dim=True)
    if front is None and back is not None:
        front = back.get_contrast_text(1)
    return Style(
        color=front.rich_color if front else None, bgcolor=back.rich_color if back else None, bold=bold
    )


def _rich(value: str) -> str:
    return value.removeprefix("ansi_") if value.startswith("ansi_") else value
