"""What goes wrong on request: what the client sees, how often botocore tries, and what was billed each time."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from planner.guard.local_bedrock import (
    ApiError,
    Drip,
    Fault,
    Filter,
    Hangup,
    Latency,
    LocalBedrock,
    Ok,
    Reset,
    Rule,
    Stall,
    Timeout,
    Truncate,
    Work,
    throttle,
)
from tests.bodies import CORE, TITAN, Body, text_image
from tests.endpoint import IMPATIENT, ONCE, Client, connect, invoke, png, read_all, request_bytes

PROMPT: Body = {"prompt": "a"}
DREAM: Body = {"text_prompts": [{"text": "a"}]}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[LocalBedrock]:
    with LocalBedrock() as local:
        yield local


@pytest.fixture
def local(endpoint: LocalBedrock) -> LocalBedrock:
    endpoint.set_faults(latency_s=0)
    endpoint.reset()
    return endpoint


@pytest.fixture(scope="module")
def once(endpoint: LocalBedrock) -> Client:
    return endpoint.client(config=ONCE)


@pytest.fixture(scope="module")
def impatient(endpoint: LocalBedrock) -> Client:
    """Waits 0.3 s for an answer, and tries once."""
    return endpoint.client(config=IMPATIENT)


def outcomes_of(client: Client, calls: int) -> list[str]:
    """`ok`, or the error's code, of each call."""
    seen = []
    for _ in range(calls):
        try:
            invoke(client, CORE, PROMPT)
            seen.append("ok")
        except ClientError as error:
            seen.append(error.response["Error"]["Code"])
    return seen


@pytest.mark.parametrize(
    ("code", "status", "attempts"),
    [
        ("AccessDeniedException", 403, 1),
        ("InternalServerException", 500, 3),
        ("ModelErrorException", 424, 1),
        ("ModelNotReadyException", 429, 3),
        ("ModelTimeoutException", 408, 1),
        ("ResourceNotFoundException", 404, 1),
        ("ServiceQuotaExceededException", 400, 1),
        ("ServiceUnavailableException", 503, 3),
        ("ThrottlingException", 429, 3),
        ("ValidationException", 400, 1),
    ],
)
def test_modelled_errors_are_what_botocore_knows_and_retries(
    local: LocalBedrock, code: str, status: int, attempts: int
) -> None:
    """Its default, standard mode tries three times what may pass; nothing is billed."""
    local.set_faults([Rule(ApiError(code), times=None)])
    client = local.client()
    with pytest.raises(getattr(client.exceptions, code)) as caught:
        invoke(client, CORE, PROMPT)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert local.requests == {code: attempts}
    assert local.billed.images == 0


def test_a_model_error_names_the_model_and_its_status(local: LocalBedrock, once: Client) -> None:
    local.set_faults([ApiError("ModelErrorException", "it broke")])
    with pytest.raises(ClientError, match="it broke") as caught:
        invoke(once, CORE, PROMPT)
    assert (caught.value.response["originalStatusCode"], caught.value.response["resourceName"]) == (500, CORE)


def test_an_error_can_be_billed_when_the_definition_says_so(local: LocalBedrock, once: Client) -> None:
    local.set_faults([throttle(billed=True)])
    assert outcomes_of(once, 1) == ["ThrottlingException"]
    assert local.billed.micros == 40_000


@pytest.mark.parametrize(
    ("fault", "error", "outcome"),
    [
        (Timeout(), ReadTimeoutError, "timeout"),
        (Reset(), ConnectionClosedError, "reset"),
        (Hangup(), ConnectionClosedError, "hangup"),
    ],
)
def test_an_answer_that_never_comes_is_billed_at_each_of_three_attempts(
    local: LocalBedrock, fault: Fault, error: type[Exception], outcome: str
) -> None:
    local.set_faults([Rule(fault, times=None)])
    client = local.client(config=Config(read_timeout=0.2))
    with pytest.raises(error):
        invoke(client, CORE, PROMPT)
    assert local.requests == {outcome: 3}
    assert (local.billed.images, local.billed.micros) == (3, 120_000)


@pytest.mark.parametrize("fault", [Timeout(False), Reset(False), Hangup(False), Ok(False)])
def test_whether_it_is_billed_is_part_of_the_definition(
    local: LocalBedrock, impatient: Client, fault: Fault
) -> None:
    local.set_faults([fault])
    with suppress(ReadTimeoutError, ConnectionClosedError):
        invoke(impatient, CORE, PROMPT)
    assert local.requests == {fault.outcome: 1}
    assert local.billed.images == 0


@pytest.mark.parametrize(
    ("fault", "error"), [(Truncate(), ResponseStreamingError), (Stall(0.9), ReadTimeoutError)]
)
def test_an_answer_that_breaks_off_fails_while_it_is_read_and_is_not_tried_again(
    local: LocalBedrock, fault: Fault, error: type[Exception]
) -> None:
    local.set_faults([fault])
    response = local.client(config=Config(read_timeout=0.3)).invoke_model(
        modelId=CORE, body=b'{"prompt": "a"}'
    )
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    with pytest.raises(error):
        response["body"].read()
    assert (local.requests, local.billed.images) == ({fault.outcome: 1}, 1)


def test_a_truncated_body_is_as_long_as_asked_for(local: LocalBedrock) -> None:
    local.set_faults([Truncate(0.25)])
    with connect(local) as sock:
        sock.sendall(request_bytes(CORE, PROMPT))
        head, _, body = read_all(sock).partition(b"\r\n\r\n")
    promised = next(
        int(line.split(b": ")[1]) for line in head.splitlines() if line.startswith(b"Content-Length")
    )
    assert len(body) == promised // 4


def test_a_dripping_answer_arrives_whole_and_late(local: LocalBedrock, impatient: Client) -> None:
    """Longer than the read timeout, which counts between two pieces."""
    local.set_faults([Drip(0.6)])
    start = time.monotonic()
    answer = invoke(impatient, CORE, PROMPT)
    assert png(answer["images"][0]).size == (1024, 1024)
    assert 0.6 <= time.monotonic() - start < 5


def test_a_client_that_has_gone_is_billed_all_the_same(local: LocalBedrock) -> None:
    local.set_faults(latency_s=0.2)
    with connect(local) as sock:
        sock.sendall(request_bytes(CORE, PROMPT))
    deadline = time.monotonic() + 5
    while not local.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (local.requests, local.billed.images) == ({"ok": 1}, 1)


def test_latency_precedes_generated_answers_and_not_errors(local: LocalBedrock, once: Client) -> None:
    local.set_faults([throttle()], latency_s=(0.2, 0.3))
    start = time.monotonic()
    assert outcomes_of(once, 1) == ["ThrottlingException"]
    assert time.monotonic() - start < 0.2
    assert outcomes_of(once, 1) == ["ok"]
    assert time.monotonic() - start >= 0.2


def test_a_late_fault_waits_first(local: LocalBedrock, once: Client) -> None:
    local.set_faults([Latency(0.2, then=throttle())])
    start = time.monotonic()
    assert outcomes_of(once, 1) == ["ThrottlingException"]
    assert time.monotonic() - start >= 0.2


def test_a_script_happens_in_order_and_then_all_is_well(local: LocalBedrock, once: Client) -> None:
    error = ApiError("InternalServerException")
    local.set_faults([throttle(), Ok(), Rule(error, times=2)])
    assert outcomes_of(once, 6) == [
        "ThrottlingException",
        "ok",
        "InternalServerException",
        "InternalServerException",
        "ok",
        "ok",
    ]


def test_a_rule_waits_for_a_model_it_names(local: LocalBedrock, once: Client) -> None:
    local.set_faults([Rule(throttle(), models="amazon.*")])
    assert outcomes_of(once, 2) == ["ok", "ok"]
    with pytest.raises(ClientError, match="Throttling"):
        invoke(once, TITAN, text_image())
    invoke(once, TITAN, text_image())


def test_an_invalid_request_uses_up_no_step(local: LocalBedrock, once: Client) -> None:
    local.set_faults([throttle()])
    with pytest.raises(ClientError, match="ValidationException"):
        invoke(once, CORE, {})
    assert outcomes_of(once, 2) == ["ThrottlingException", "ok"]


def test_chance_is_repeatable(local: LocalBedrock, once: Client) -> None:
    """A third of the requests or so; the same ones for the same seed."""
    runs = []
    for seed in (1, 1, 2):
        local.set_faults([Rule(throttle(), times=None, probability=0.3)], seed=seed)
        runs.append(outcomes_of(once, 60))
    assert runs[0] == runs[1] != runs[2]
    assert 8 <= runs[0].count("ThrottlingException") <= 30


def test_a_function_decides_from_the_request(local: LocalBedrock, once: Client) -> None:
    def decide(work: Work) -> Fault | None:
        return throttle() if work.images > 2 else None

    local.set_faults(decide)
    assert invoke(once, TITAN, text_image(numberOfImages=2))["images"]
    with pytest.raises(ClientError, match="Throttling"):
        invoke(once, TITAN, text_image(numberOfImages=3))


def test_closing_ends_every_wait() -> None:
    """A timeout, a stall and an hour of latency."""
    for fault in (Timeout(), Stall(), Latency(3600)):
        with LocalBedrock(faults=[fault]) as local, connect(local) as sock:
            sock.sendall(request_bytes(CORE, PROMPT))
            while not local.requests:
                time.sleep(0.001)
            start = time.monotonic()
            local.close()
            read_all(sock)
            assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: ApiError("NoSuchException"),
        lambda: Filter("none"),  # type: ignore[arg-type]
        lambda: Truncate(1.0),
        lambda: Stall(-0.1),
        lambda: Drip(-1),
        lambda: Latency((2, 1)),
        lambda: Latency(1, then=Latency(1)),
        lambda: Rule(Ok(), times=0),
        lambda: Rule(Ok(), probability=1.5),
        lambda: LocalBedrock(latency_s=-1),
    ],
)
def test_a_fault_that_cannot_be_is_refused_where_it_is_written(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make()
