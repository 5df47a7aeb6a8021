"""Notices: each once, to everyone who asked, and never in the way of a call."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from planner.guard import BudgetExceeded, Notice
from planner.guard.ledger import open_ledger
from planner.guard.notices import Webhook
from tests.guarding import CENT, STABILITY_LADDER, ULTRA, Clock, at, budget, guarded, stability, usd


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def receiver(status: int = 204) -> Iterator[Receiver]:
    with Receiver(status) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_threshold_tells_once() -> None:
    """Half, four fifths, and the first refusal: three notices over twelve calls, in order."""
    told: list[Notice] = []
    month = budget("0.10", "month", "month", notify=[50], downgrade=80)
    with guarded(
        month, notify=told.append, price_overrides=[CENT], clock=Clock(at("2026-11-22T00:00:00"))
    ) as setting:
        for _ in range(10):
            setting.invoke()
        for _ in range(2):
            with pytest.raises(BudgetExceeded):
                setting.invoke()
    assert [(each.kind, each.at_pct, each.do, each.exposure, each.period) for each in told] == [
        ("threshold", Fraction(50), "notify", usd("0.05"), "2026-11"),
        ("threshold", Fraction(80), "downgrade", usd("0.08"), "2026-11"),
        ("refused", None, None, usd("0.10"), "2026-11"),
    ]
    assert told[0].text == "budget month: reached 50 %, $0.05 of $0.10 in 2026-11"
    assert told[2].text.startswith(
        "budget month: refused the first call for stability.stable-image-core-v1:1"
    )


def test_the_next_period_tells_again() -> None:
    """A day later the same threshold is news."""
    told: list[Notice] = []
    clock = Clock(at("2026-11-22T00:00:00"))
    with guarded(
        budget("0.02", per="day", notify=[50]), notify=told.append, price_overrides=[CENT], clock=clock
    ) as setting:
        setting.invoke()
        clock.now += 86_400
        setting.invoke()
    assert [each.period for each in told] == ["2026-11-22", "2026-11-23"]


def test_guards_that_share_a_ledger_tell_once(tmp_path: Path) -> None:
    """Two guards see the threshold, one of them tells."""
    told: list[Notice] = []
    url = f"sqlite:///{tmp_path}/guard.db"
    with (
        guarded(budget("0.10", notify=[10]), ledger=url, notify=told.append, price_overrides=[CENT]) as one,
        guarded(budget("0.10", notify=[10]), ledger=url, notify=told.append, price_overrides=[CENT]) as other,
    ):
        one.invoke()
        other.invoke()
    assert len(told) == 1


def test_a_notice_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Under `planner.guard`, with the figures for machines beside the sentence."""
    with (
        caplog.at_level(logging.WARNING, "planner.guard"),
        guarded(budget("0.02", notify=[50]), price_overrides=[CENT]) as setting,
    ):
        setting.invoke()
    (record,) = caplog.records
    assert record.getMessage() == "budget b: reached 50 %, $0.01 of $0.02 in lifetime"
    assert record.__dict__["bursar"]["limit_usd"] == "0.02"


def test_a_function_that_fails_does_not_stop_the_call(caplog: pytest.LogCaptureFixture) -> None:
    """What it raised is in the log."""

    def broken(notice: Notice) -> None:
        raise RuntimeError("no network")

    with guarded(budget("0.02", notify=[50]), notify=broken, price_overrides=[CENT]) as setting:
        assert setting.said()["billed_usd"] == "0.01"
    assert "the notify function failed" in caplog.text
    assert "no network" in caplog.text


def test_a_webhook_is_posted_with_a_signature() -> None:
    """The receiver recomputes the HMAC over what it got."""
    with receiver() as server:
        hook = Webhook(server.url, secret="s3cret")  # noqa: S106
        with guarded(
            budget("0.02", notify=[50]), webhook=hook, price_overrides=[CENT], tags={"app": "x"}
        ) as setting:
            setting.invoke()
        ((headers, body),) = server.got
    expected = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Bursar-Signature"] == expected
    content = json.loads(body)
    assert (content["budget"], content["at_pct"], content["exposure_usd"], content["tags"]) == (
        "b",
        50.0,
        "0.01",
        {"app": "x"},
    )


def test_a_webhook_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Answered with 500, or by nobody: the calls go on."""
    with receiver(500) as server:
        address = server.url
        with guarded(budget("0.02", notify=[50]), webhook=address, price_overrides=[CENT]) as setting:
            assert setting.said()["billed_usd"] == "0.01"
    with guarded(budget("0.02", notify=[50]), webhook=address, price_overrides=[CENT]) as setting:
        assert setting.said()["billed_usd"] == "0.01"
    assert caplog.text.count("a webhook was not delivered") == 2


def test_a_webhook_is_an_http_address() -> None:
    """Files and the rest are refused at the start."""
    with pytest.raises(ValueError, match="is not an http or https address"):
        Webhook("file:///etc/passwd")


def test_a_notice_that_cannot_be_claimed_waits(caplog: pytest.LogCaptureFixture) -> None:
    """The ledger is gone between hold and notice: the call goes on, and nobody is told twice later."""
    told: list[Notice] = []
    with (
        open_ledger("memory://") as ledger,
        guarded(
            budget("0.02", notify=[50]), ledger=ledger, notify=told.append, price_overrides=[CENT]
        ) as setting,
    ):
        claim, ledger.claim_notice = ledger.claim_notice, _unavailable  # type: ignore[method-assign, assignment]
        setting.invoke()
        assert told == []
        assert "has to wait" in caplog.text
        ledger.claim_notice = claim  # type: ignore[method-assign]
        setting.invoke()
        assert len(told) == 1


def _unavailable(*_: object) -> bool:
    from planner.guard.errors import LedgerUnavailable

    raise LedgerUnavailable("away")


def test_observing_tells_of_thresholds_too() -> None:
    """By the budget's own name and limit."""
    told: list[Notice] = []
    with guarded(
        budget("0.28", downgrade=50), ladder=STABILITY_LADDER, mode="observe", notify=told.append
    ) as setting:
        setting.invoke(ULTRA, stability())
    assert [(each.budget, each.limit, each.do) for each in told] == [("b", usd("0.28"), "downgrade")]
