"""Notices: once per budget, period and threshold over all processes, to a function, the log and a webhook.

The ledger hands each notice to exactly one process; that it does not answer itself, and that it does again, each
process tells for itself, once an outage. The function runs before the request goes out, in the
caller's thread or, for an async client, in one of the guard's, so let it be quick; the webhook is posted from a thread
of its own. Neither can stop a call: what goes wrong is logged under `planner.guard`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal

from planner.guard.errors import GuardConfigError, LedgerError
from planner.guard.log import log
from planner.guard.policy import reached
from planner.guard.threads import Threads
from planner.scenario import Budget, Threshold
from pricing.money import Micros, decimal_usd, format_usd
from pricing.records import record

if TYPE_CHECKING:
    from concurrent.futures import Future

    from planner.guard.ledger import Ledger, Status
    from planner.guard.ledger.outage.watching import Outage

REFUSED_PCT = Fraction(101)
"""Stands for the first refusal among the thresholds of a period: what was asked went past all of the limit."""
TIMEOUT_S = 5.0
SIGNATURE = "X-Bursar-Signature"


Kind = Literal["threshold", "refused", "ledger_down", "ledger_back", "journal_merged"]


@record
class Notice:
    """Something the owner of a budget, or whoever is on call, should hear of.

    Of a ledger that does not answer, or does again, or has its journal's entries, `outage` and `text` tell; what
    concerns a budget is empty.
    """

    kind: Kind
    budget: str
    period: str
    at_pct: Fraction | None
    """The threshold; None for a refusal."""
    do: Literal["notify", "downgrade"] | None
    exposure: Micros
    """Settled and held, with the call that led to the notice unless it was refused."""
    limit: Micros
    resets_at: datetime | None
    model_id: str
    tags: Mapping[str, str]
    outage: "Outage | None" = None
    """The ledger that does not answer; as it was at its end when the ledger is back."""
    down_s: float | None = None
    """How long it was, once the ledger is back."""
    said: str = ""

    @property
    def text(self) -> str:
        if self.said:
            return self.said
        spent = f"{format_usd(self.exposure)} of {format_usd(self.limit)} in {self.period}"
        if self.kind == "refused":
            return f"budget {self.budget}: refused the first call for {self.model_id}; {spent} is taken"
        then = "; cheaper requests go out from here on" if self.do == "downgrade" else ""
        return f"budget {self.budget}: reached {float(self.at_pct or 0):g} %, {spent}{then}"

    def to_json(self) -> dict[str, object]:
        """What a webhook is sent: money as decimal strings in US dollars."""
        if self.outage is not None:
            return {
                "kind": self.kind,
                "ledger": self.outage.ledger,
                "why": self.outage.why,
                "since": datetime.fromtimestamp(self.outage.since, UTC).isoformat(timespec="seconds"),
                "down_s": self.down_s,
                "calls": self.outage.calls,
                "text": self.text,
            }
        return {
            "kind": self.kind,
            "budget": self.budget,
            "period": self.period,
            "at_pct": None if self.at_pct is None else float(self.at_pct),
            "do": self.do,
            "exposure_usd": decimal_usd(self.exposure),
            "limit_usd": decimal_usd(self.limit),
            "resets_at": self.resets_at.isoformat() if self.resets_at else None,
            "model_id": self.model_id,
            "tags": dict(self.tags),
            "text": self.text,
        }


@record
class About:
    """The call that led to a notice."""

    model_id: str
    tags: Mapping[str, str]


Notify = Callable[[Notice], object]


def check_notify(notify: object) -> None:
    """Raises `GuardConfigError` for what cannot be called."""
    if notify is not None and not callable(notify):
        raise GuardConfigError(
            f"notify is {str(type(notify).__name__)!r}; give it a function that takes a Notice, such as notify=print"
        )


class Notices:
    """Watches what the ledger says of each budget, and tells whoever asked."""

    def __init__(
        self,
        ledger: "Ledger",
        notify: Notify | None,
        webhook: "Webhook | None",
        when: Callable[["Status"], datetime | None],
    ) -> None:
        self._ledger = ledger
        self._notify = notify
        self._webhook = webhook
        self._when = when
        self._told: set[tuple[str, str, Fraction]] = set()

    def spent(self, budget: Budget, counter: str, status: "Status", about: "About") -> None:
        """A call is held: tell of every threshold it has reached. `counter` is the budget's name in the ledger."""
        for threshold in budget.thresholds:
            if not reached(threshold.at_pct, status.exposure, status.limit):
                continue
            if self._first(counter, status.period, threshold.at_pct):
                self.tell(self._notice(status, about, threshold))

    def refused(self, status: "Status", about: "About") -> None:
        """A call is refused: tell of it the first time in the period."""
        if self._first(status.budget, status.period, REFUSED_PCT):
            self.tell(self._notice(status, about, None))

    def close(self) -> None:
        """Wait for webhooks on their way."""
        if self._webhook is not None:
            self._webhook.close()

    def _first(self, counter: str, period: str, at_pct: Fraction) -> bool:
        key = (counter, period, at_pct)
        if key in self._told:
            return False
        try:
            claimed = self._ledger.claim_notice(counter, period, at_pct)
        except LedgerError as error:
            log().warning("a notice of budget %s has to wait: %s", counter, error)
            return False
        self._told.add(key)
        return claimed

    def _notice(self, status: "Status", about: "About", threshold: Threshold | None) -> Notice:
        return Notice(
            kind="threshold" if threshold else "refused",
            budget=status.budget,
            period=status.period,
            at_pct=threshold.at_pct if threshold else None,
            do=threshold.do if threshold else None,
            exposure=status.exposure,
            limit=status.limit,
            resets_at=self._when(status),
            model_id=about.model_id,
            tags=about.tags,
        )

    def tell(self, notice: Notice) -> None:
        """To the log and everyone who asked; never fails."""
        log().warning("%s", notice.text, extra={"bursar": notice.to_json()})
        self.pass_on(notice)

    def pass_on(self, notice: Notice) -> None:
        """To everyone who asked."""
        if self._notify is not None:
            try:
                self._notify(notice)
            except Exception:  # noqa: BLE001 - whatever the function raises, it is logged and the call goes on
                log().exception("the notify function failed for: %s", notice.text)
        if self._webhook is not None:
            self._webhook.post(notice.to_json())


class Webhook:
    """Posts JSON from one background thread; with a secret, signed with HMAC-SHA256 of the body."""

    def __init__(self, url: str, secret: str | None = None, timeout_s: float = TIMEOUT_S) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"webhook {url[:80]!r} is not an http or https address")
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._threads = Threads(1, "bursar-webhook")

    def post(self, content: Mapping[str, object]) -> None:
        """Queue it and return at once."""
        from json import dumps

        body = dumps(content).encode()
        self._threads.start(partial(self._send, body)).add_done_callback(_log_failure)

    def close(self) -> None:
        self._threads.close()

    def _send(self, body: bytes) -> None:
        from urllib.request import Request, urlopen

        headers = {"Content-Type": "application/json", "User-Agent": "bursar"}
        if self._secret is not None:
            headers[SIGNATURE] = "sha256=" + signature(self._secret, body)
        request = Request(self._url, body, headers, method="POST")  # noqa: S310 - http or https, checked
        with urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
            answer.read(1)


def signature(secret: str, body: bytes) -> str:
    """What a receiver recomputes over the raw body, and compares in constant time."""
    import hmac

    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def _log_failure(sent: "Future[None]") -> None:
    error = sent.exception()
    if error is not None:
        log().warning("a webhook was not delivered: %s", error)
