"""What each end of an attempt costs: the table of outcomes, through botocore and an endpoint that bills."""

import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from planner.guard.errors import GuardConfigError
from planner.guard.local_bedrock.faults import (
    ApiError,
    Fault,
    Filter,
    Hangup,
    Reset,
    Stall,
    Timeout,
    Truncate,
    throttle,
)
from planner.guard.outcomes import Answer, assumed_billed, of_body, of_error
from planner.scenario import Policy
from tests.guarding import CANVAS, CENT, CORE, TITAN, amazon, budget, guarded, stability

IMPATIENT = Config(read_timeout=0.3, retries={"total_max_attempts": 3, "mode": "standard"})
ONCE = Config(read_timeout=0.3, retries={"total_max_attempts": 1})
CAUTIOUS = ("timeout", "filtered_output")
NOTHING: tuple[str, ...] = ()


def costs(
    *faults: Fault,
    model_id: str = CORE,
    body: str = stability(),
    client: Config = ONCE,
    assumed: Sequence[str] = CAUTIOUS,
    region: str = "us-west-2",
) -> tuple[int, int, int]:
    """Cents settled, of these assumed, and cents still held, once the call has ended, however it ended."""
    with guarded(
        budget(),
        faults=faults,
        client={"config": client},
        region=region,
        price_overrides=[CENT],
        policy=Policy(assumed_billed=tuple(assumed)),
    ) as setting:
        with suppress(BotoCoreError, ClientError):
            setting.invoke(model_id, body)["body"].read()
        status = setting.guard.ledger.status("b")
        assert not setting.guard.ledger.verify()
        return status.settled // 10_000, status.assumed // 10_000, status.held // 10_000


def test_all_images_cost_what_they_cost() -> None:
    """Status 200 with every image: the sum of the images, all of it certain."""
    assert costs(model_id=TITAN, body=amazon(3), region="us-east-1") == (3, 0, 0)


@pytest.mark.parametrize("model_id", [TITAN, CANVAS])
def test_blocked_output_counts_as_billed_unless_policy_says_otherwise(model_id: str) -> None:
    """Four images asked, two blocked: four count; where policy does not assume it, the two that came."""
    some = Filter("some")
    assert costs(some, model_id=model_id, body=amazon(4), region="us-east-1") == (4, 0, 0)
    assert costs(some, model_id=model_id, body=amazon(4), region="us-east-1", assumed=NOTHING) == (2, 0, 0)


def test_all_output_blocked() -> None:
    """No image came: all asked for count, or none."""
    blocked = Filter("all")
    assert costs(blocked, model_id=TITAN, body=amazon(4), region="us-east-1") == (4, 0, 0)
    assert costs(blocked, model_id=TITAN, body=amazon(4), region="us-east-1", assumed=NOTHING) == (0, 0, 0)
    assert costs(blocked) == (1, 0, 0)
    assert costs(blocked, assumed=["timeout"]) == (0, 0, 0)


@pytest.mark.parametrize("what", ["prompt", "input_image"])
def test_blocked_input_costs_nothing_unless_policy_assumes_it(what: str) -> None:
    """Stability says it with status 200, Amazon with 400."""
    fault = Filter("prompt") if what == "prompt" else Filter("input_image")
    assert costs(fault) == (0, 0, 0)
    assert costs(fault, assumed=["filtered_input"]) == (1, 0, 0)
    assert costs(fault, model_id=TITAN, body=amazon(2), region="us-east-1") == (0, 0, 0)
    assert costs(fault, model_id=TITAN, body=amazon(2), region="us-east-1", assumed=["filtered_input"]) == (
        2,
        2,
        0,
    )


def test_failed_inference_costs_nothing_unless_policy_assumes_it() -> None:
    """Stability's `Inference error`, with status 200."""
    assert costs(Filter("inference_error")) == (0, 0, 0)
    assert costs(Filter("inference_error"), assumed=["failed_inference"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ValidationException", "rejected"),
        ("AccessDeniedException", "rejected"),
        ("ResourceNotFoundException", "rejected"),
        ("ThrottlingException", "throttled"),
        ("ModelNotReadyException", "throttled"),
        ("ModelTimeoutException", "model_timeout"),
        ("ModelErrorException", "model_error"),
        ("InternalServerException", "server_error"),
        ("ServiceUnavailableException", "server_error"),
    ],
)
def test_errors_cost_nothing_unless_policy_assumes_them(code: str, name: str) -> None:
    """Each modelled error is a setting of its own."""
    assert costs(ApiError(code)) == (0, 0, 0)
    assert costs(ApiError(code), assumed=[name]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Timeout(), "read_timeout"),
        (Reset(), "connection_lost"),
        (Hangup(), "connection_lost"),
        (Truncate(), "body_lost"),
        (Stall(), "body_lost"),
    ],
)
def test_no_whole_answer_is_assumed_billed(fault: Fault, name: str) -> None:
    """`timeout` stands for all of these; each also has a name of its own, and none counts when none is listed."""
    assert costs(fault) == (1, 1, 0)
    assert costs(fault, assumed=[name]) == (1, 1, 0)
    assert costs(fault, assumed=NOTHING) == (0, 0, 0)


@pytest.mark.parametrize(
    ("fault", "error"), [(Timeout(), ReadTimeoutError), (Reset(), ConnectionClosedError)]
)
def test_every_attempt_without_an_answer_counts(fault: Fault, error: type[Exception]) -> None:
    """Three attempts, three images: the endpoint bills three cents and the ledger says three cents."""
    with guarded(faults=[fault] * 3, client={"config": IMPATIENT}, price_overrides=[CENT]) as setting:
        with pytest.raises(error):
            setting.invoke()
        assert setting.images_billed == 3
        assert setting.spent() == (30_000, 0)
        hold = setting.guard.ledger.holds(state="lapsed")[0]
        assert (hold.attempts, hold.assumed) == (3, 30_000)


def test_an_answer_after_a_timeout_counts_both() -> None:
    """The attempt given up is generated all the same: two cents, and the response says so."""
    with guarded(faults=[Timeout()], client={"config": IMPATIENT}, price_overrides=[CENT]) as setting:
        said = setting.said()
        assert (said["billed_usd"], said["attempts"], said["assumed"]) == ("0.02", 2, ["read_timeout"])
        assert setting.images_billed == 2
        assert setting.spent() == (20_000, 0)


def test_a_refusal_after_a_timeout_keeps_what_the_timeout_may_have_cost() -> None:
    """Timeout, then 400: one cent is assumed, and the cent held for the retry is given back."""
    assert costs(Timeout(), ApiError("ValidationException"), client=IMPATIENT) == (1, 1, 0)


def test_throttled_attempts_are_retried_at_no_cost() -> None:
    """Twice 429, then images: one cent, held once."""
    with guarded(faults=[throttle(), throttle()], price_overrides=[CENT]) as setting:
        said = setting.said()
        assert (said["attempts"], said["billed_usd"]) == (3, "0.01")
        assert [entry.kind for entry in setting.guard.entries()] == ["define", "hold", "settle"]


def test_a_connection_refused_is_certain_to_cost_nothing() -> None:
    """Nobody listens: the hold is given back whatever policy assumes."""
    assumed = Policy(assumed_billed=("timeout", "rejected", "server_error"))
    with guarded(price_overrides=[CENT], policy=assumed) as setting:
        setting.client.close()
        setting.bedrock.close()
        with pytest.raises(EndpointConnectionError):
            setting.invoke()
        assert setting.spent() == (0, 0)


def test_an_assumption_can_be_corrected_by_hand() -> None:
    """What a bill shows later replaces what was assumed."""
    with guarded(faults=[Timeout()], client={"config": ONCE}, price_overrides=[CENT]) as setting:
        with pytest.raises(ReadTimeoutError):
            setting.invoke()
        (hold,) = setting.guard.ledger.holds(state="lapsed")
        setting.guard.ledger.void(hold.key)
        assert setting.spent() == (0, 0)


def test_a_body_that_broke_off_raises_when_it_is_read() -> None:
    """invoke_model() returns as without a guard, and read() raises what it would have raised."""
    bare: list[str] = []
    watched: list[str] = []
    for seen, attach in ((bare, False), (watched, True)):
        with guarded(faults=[Truncate(), Stall()], client={"config": ONCE}) as setting:
            if not attach:
                setting.guard.detach()
            for _ in range(2):
                body = setting.invoke()["body"]
                with pytest.raises(BotoCoreError) as raised:
                    body.read()
                seen.append(type(raised.value).__name__)
    assert watched == bare == ["ResponseStreamingError", "ReadTimeoutError"]


def test_bodies_are_counted_without_being_parsed() -> None:
    """A large body gives the same answer as a small one, whitespace and masks included."""
    large, small = "A" * 40_000, "A" * 8
    for picture in (large, small):
        compact = json.dumps(
            {"images": [picture, picture], "error": None, "maskImage": picture}, separators=(",", ":")
        )
        spread = json.dumps({"maskImage": picture, "images": [picture, picture], "error": None}, indent=1)
        blocked = json.dumps({"images": [picture], "error": "Some of the generated images have been blocked"})
        assert of_body(compact.encode(), 2) == of_body(spread.encode(), 2) == Answer("ok", 2)
        assert of_body(blocked.encode(), 2) == Answer("filtered_output", 1)
        assert of_body(json.dumps({"error": None, "images": [picture]}).encode(), 3) == Answer("ok", 1)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"\x89PNG", b'{"images": 3}', b'{"images": []}', b'{"images": ["' + b"A" * 40_000],
)
def test_a_body_that_says_nothing_counts_as_everything_asked(body: bytes) -> None:
    """Status 200 without images and without a reason: what was asked counts."""
    assert of_body(body, 4) == Answer("ok", 4)


def test_sdxl_artifacts_are_counted_by_their_reasons() -> None:
    """One image came, one was blocked."""
    artifacts = [
        {"base64": "A", "finishReason": "SUCCESS"},
        {"base64": "A", "finishReason": "CONTENT_FILTERED"},
    ]
    assert of_body(json.dumps({"result": "success", "artifacts": artifacts}).encode(), 2) == Answer(
        "filtered_output", 1
    )


def test_statuses_have_names() -> None:
    """What AWS answers, as policy names it."""
    blocked = "This request has been blocked by our content filters. Please adjust your text prompt to submit a new request."
    assert of_error(400, blocked) == "filtered_input"
    assert [of_error(status, "") for status in (400, 403, 404, 408, 424, 429, 500, 503)] == [
        "rejected",
        "rejected",
        "rejected",
        "model_timeout",
        "model_error",
        "throttled",
        "server_error",
        "server_error",
    ]


def test_unknown_outcomes_are_refused_by_name() -> None:
    """A misspelt outcome would silently assume nothing."""
    assert assumed_billed(["timeout"]) == {"read_timeout", "connection_lost", "body_lost"}
    with pytest.raises(
        GuardConfigError, match=r"'filtered_outputs' is no outcome; did you mean filtered_output?"
    ):
        assumed_billed(["filtered_outputs"])
