"""The keys that change a ledger: off unless `--allow-changes`, and then only after a name was typed."""

from collections.abc import Callable, Mapping
from time import time
from typing import ClassVar

from textual.binding import Binding, BindingType

from planner.commands import BadUsage
from planner.guard.errors import GuardError
from planner.guard.ledger import Hold
from planner.report.guard_words import span, usd
from planner.tui.ledger import changes
from planner.tui.ledger.feed import Feed
from planner.tui.ledger.words import READ_ONLY
from planner.tui.screens.base import BursarScreen
from planner.tui.widgets.confirm import ConfirmScreen, Question

_WHY = Question("why", "why (recorded in the ledger)")


class OperatorScreen(BursarScreen):
    """A screen that can stop and resume a ledger, and settle and void its holds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "K",
            "switch",
            "kill switch",
            show=False,
            id="guard.switch",
            tooltip="Refuse every call, or grant calls again",
        ),
        Binding(
            "v",
            "void",
            "void",
            show=False,
            id="guard.void",
            tooltip="Give this hold back: certainly not billed",
        ),
        Binding(
            "s", "settle", "settle", show=False, id="guard.settle", tooltip="Record what this hold was billed"
        ),
    ]
    feed: Feed | None = None

    def chosen_hold(self) -> Hold | None:
        """The hold under the cursor."""
        return None

    def chosen_budget(self) -> str:
        """The budget under the cursor; empty when there is none."""
        return ""

    def look_now(self) -> None:
        """Reads the ledger again at once."""

    def action_switch(self) -> None:
        feed = self._may("bursar guard stop --why TEXT")
        if feed is None or feed.snapshot is None:
            return
        name = self.chosen_budget() or "stop"
        if feed.snapshot.stopped is None:
            lines = [
                "Every process that shares this ledger is refused every image call, whatever its budget."
            ]
            ask = ConfirmScreen("Stop every call", lines, [_WHY], name)
            self._ask(ask, lambda said: changes.stop(said["why"]))
        else:
            lines = [f"It was stopped by {feed.snapshot.stopped.who}: {feed.snapshot.stopped.reason}"]
            self._ask(ConfirmScreen("Grant calls again", lines, [], name), lambda _: changes.resume())

    def action_void(self) -> None:
        if self._may("bursar guard void KEY --why TEXT") is None:
            return
        hold = self._hold()
        if hold is not None:
            lines = [
                f"{usd(hold.amount)} counts no more in any budget: the call was certainly not billed.",
                *_still(hold),
            ]
            ask = ConfirmScreen(f"Void hold {hold.key}", lines, [_WHY], hold.key)
            self._ask(ask, lambda said: changes.void(hold, said["why"]))

    def action_settle(self) -> None:
        if self._may("bursar guard settle KEY --usd AMOUNT --why TEXT") is None:
            return
        hold = self._hold()
        if hold is not None:
            lines = [f"The bill takes the place of the {usd(hold.amount)} held.", *_still(hold)]
            billed = Question("usd", "billed, in dollars", "0.04")
            ask = ConfirmScreen(f"Settle hold {hold.key}", lines, [billed, _WHY], hold.key)
            self._ask(ask, lambda said: changes.settle(hold, said["usd"], said["why"]))

    def _may(self, command: str) -> Feed | None:
        """The feed, when changes are allowed; otherwise says why not."""
        if not self.workspace.allow_changes:
            self.tell(READ_ONLY.format(command=command), severity="warning")
            return None
        if self.feed is None:
            self.tell("No ledger is open, so there is nothing to change", severity="warning")
        return self.feed

    def _hold(self) -> Hold | None:
        hold = self.chosen_hold()
        if hold is None:
            self.tell("Choose a hold first: o lists them", severity="warning")
        return hold

    def _ask(self, ask: ConfirmScreen, make: Callable[[Mapping[str, str]], changes.Change]) -> None:
        def answered(said: Mapping[str, str] | None) -> None:
            if said is None:
                self.tell("nothing was changed")
                return
            try:
                self._change(make(said))
            except BadUsage as error:
                self.tell(f"{error}; nothing was changed", severity="error")

        self.app.push_screen(ask, answered)

    def _change(self, change: changes.Change) -> None:
        if self.feed is not None:
            url = self.feed.url
            self.in_background("ledger", lambda _: changes.run(url, change), self._changed, self._refused)

    def _changed(self, came_to: str) -> None:
        self.tell(came_to)
        self.look_now()

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, (GuardError, BadUsage)):
            raise error
        self.tell(f"{error}", severity="error")
        self.look_now()


def _still(hold: Hold, now: Callable[[], float] = time) -> list[str]:
    left = hold.lease_until - now()
    if hold.state == "open" and left > 0:
        return [
            f"Its lease has {span(left)} left: if the call is still under way, what it comes to is not recorded."
        ]
    return []
