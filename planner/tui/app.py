"""The program: five screens as modes, the keys they share, help, command palette, themes."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Literal, cast

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from planner.tui.text import clean
from planner.tui.theme import DARK, PLAIN, THEMES
from planner.tui.workspace import Workspace
from pricing.problems import Invalid
from pricing.records import EMPTY, record


@record
class Mode:
    """A screen, by the key that opens it; its module is imported when it is first opened."""

    name: str
    key: str
    cls: str
    purpose: str


SCREENS = (
    Mode("plan", "1", "PlanScreen", "What it costs, who pays, what if"),
    Mode("compare", "2", "CompareScreen", "Scenarios side by side"),
    Mode("prices", "3", "PricesScreen", "Price books: versions, rates, changes"),
    Mode("guard", "4", "GuardScreen", "Budgets, decisions and holds of a ledger"),
    Mode("review", "5", "ReviewScreen", "What a change to a scenario does"),
)
_GROUP = Binding.Group("screens", compact=True)


def _opener(mode: Mode) -> Callable[[], Screen[Any]]:
    def make() -> Screen[Any]:
        module = import_module(f"planner.tui.screens.{mode.name}")
        return cast("Screen[Any]", getattr(module, mode.cls)())

    return make


class BursarApp(App[None]):
    """`bursar` without arguments."""

    TITLE = "Bursar"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        mode.name: _opener(mode) for mode in SCREENS
    }
    DEFAULT_MODE = "plan"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                mode.key,
                f"switch_mode('{mode.name}')",
                mode.name,
                id=f"app.{mode.name}",
                tooltip=mode.purpose,
                group=_GROUP,
            )
            for mode in SCREENS
        ),
        Binding(
            "question_mark",
            "help",
            "help",
            id="app.help",
            key_display="?",
            tooltip="Help for what is in focus",
        ),
        Binding(
            "ctrl+p,colon", "command_palette", "palette", id="app.palette", tooltip="Every command by name"
        ),
        Binding(
            "q", "quit", "quit", show=False, id="app.quit", tooltip="Leave; asks when something is unsaved"
        ),
    ]

    def __init__(
        self,
        workspace: Workspace,
        *,
        theme: str | None = None,
        keys: Mapping[str, str] = EMPTY,
        wrong_config: Invalid | None = None,
    ) -> None:
        """`keys` remaps bindings by id; a configuration that could not be used is shown at the start."""
        no_color = os.environ.get("NO_COLOR") is not None
        super().__init__(ansi_color=True if no_color else None)
        self.workspace = workspace
        for each in THEMES:
            self.register_theme(each)
        self.set_reactive(
            App.theme, PLAIN if no_color else theme or DARK
        )  # its watcher runs at the start anyway
        self._wrong_config = wrong_config
        self.set_keymap(keys)

    def on_ready(self) -> None:
        self.call_after_refresh(_collect_again)
        if self._wrong_config is not None:
            from planner.tui.widgets.facts import FactsScreen

            lines = [("", line) for line in str(self._wrong_config).splitlines()]
            self.push_screen(
                FactsScreen("The configuration is not used", lines, ["esc goes on with the defaults"])
            )

    def tell(self, message: str, *, severity: str = "information", title: str = "") -> None:
        """A short-lived message in the corner; data in it is shown as it is, never read as markup."""
        word = cast("Literal['information', 'warning', 'error']", severity)
        self.notify(clean(message), title=clean(title), severity=word, markup=False)

    async def action_quit(self) -> None:
        """Leaves; asks first where a what-if would be lost."""
        names = [name for stack in self._screen_stacks.values() for name in _unsaved(stack)]
        if not names:
            self.exit()
            return
        from planner.tui.dialogs.ask import AskScreen

        if not isinstance(self.screen, AskScreen):
            question = AskScreen("Leave Bursar?", ["Not saved: " + ", ".join(names)], "leaves without saving")
            self.push_screen(question, lambda yes: self.exit() if yes else None)

    def action_help_quit(self) -> None:
        """Ctrl+c leaves as q does."""
        self.call_later(self.action_quit)

    def action_help(self) -> None:
        """What the focused widget is for, and every key that works now."""
        from planner.tui.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen.of(self.screen))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: every screen, every key that works now, themes."""
        for mode in SCREENS:
            yield SystemCommand(
                f"Go to {mode.name}",
                f"{mode.purpose} (key {mode.key})",
                lambda name=mode.name: self.switch_mode(name),
            )
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.description and binding.tooltip and active.enabled and _is_own(binding):
                key = self.get_key_display(binding)
                yield SystemCommand(
                    binding.description.capitalize() or key,
                    f"{binding.tooltip} (key {key})",
                    lambda chosen=active: self._run(chosen.binding.action, chosen.node),
                )
        yield SystemCommand("Help", "What is in focus, and its keys (key ?)", self.action_help)
        yield SystemCommand(
            "Theme", "Dark, light, the terminal's own colours, and others", self.action_change_theme
        )
        yield SystemCommand("Screenshot", "Save the screen as an SVG picture", self.deliver_screenshot)
        yield SystemCommand("Quit", "Leave Bursar (key q)", self.action_quit)

    def _run(self, action: str, node: object) -> None:
        self.call_later(self.run_action, action, node)


def _collect_again() -> None:
    """What the start made is left alone from now on; what comes later is collected as ever."""
    gc.freeze()
    gc.enable()


def _is_own(binding: Binding) -> bool:
    """Whether a screen or widget of Bursar declares it; the app's own are listed by name."""
    return binding.id is not None and not binding.id.startswith("app.")


def _unsaved(stack: Sequence[Screen[Any]]) -> Iterator[str]:
    """Names of files with unsaved changes on the screens of a mode."""
    for screen in stack:
        unsaved = getattr(screen, "unsaved", None)
        if unsaved is not None:
            yield from unsaved()
