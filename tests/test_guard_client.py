"""The guard around botocore's calls: what is held, what is refused, what goes out and what is said of it."""

import io
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]

from planner.guard import BudgetExceeded, Guard, tags
from planner.guard.errors import (
    CallRefused,
    GuardConfigError,
    GuardStopped,
    LedgerUnavailable,
    ModelRetired,
    PeriodConflict,
    RequestChanged,
    Uncovered,
    Unpriced,
)
from planner.guard.ledger import open_ledger
from planner.guard.local_bedrock.faults import ApiError, Timeout
from planner.scenario import ImagesRung, ModelRung, Policy, QualityRung, SizeRung
from tests import pictures
from tests.guarding import (
    CANVAS,
    CENT,
    CORE,
    SD35,
    STABILITY_LADDER,
    TITAN,
    ULTRA,
    Clock,
    amazon,
    at,
    budget,
    guarded,
    stability,
    usd,
)

ARN = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdefghijkl"
TODAY = at("2026-11-22T12:00:00")
"""Titan and Nova Canvas are past their end of life."""


def test_a_call_is_held_before_it_goes_out_and_settled_after() -> None:
    """The response says what was quoted and billed, and the ledger and the endpoint agree."""
    with guarded(budget("1.00")) as setting:
        said = setting.said()
        hold = setting.guard.ledger.find(said["hold_id"])
        assert {
            name: said[name] for name in ("sku", "quoted_usd", "billed_usd", "downgraded_from", "budgets")
        } == {
            "sku": "stability.stable-image-core-v1:1 any us-west-2",
            "quoted_usd": "0.04",
            "billed_usd": "0.04",
            "downgraded_from": None,
            "budgets": ["b"],
        }
        assert (hold.state, hold.billed) == ("settled", 40_000)
        assert setting.spent() == (40_000, 0)
        assert setting.bedrock.billed.micros == 40_000


def test_a_refusal_says_why_and_nothing_is_sent() -> None:
    """Two cents of ten are left, four are wanted: an exception with the figures, and no request."""
    month = budget("0.10", "catalogue-month", "month")
    with guarded(month, clock=Clock(at("2026-11-22T12:00:00")), tags={"pipeline": "catalogue"}) as setting:
        setting.invoke()
        setting.invoke()
        with pytest.raises(BudgetExceeded) as raised:
            setting.invoke()
        error = raised.value
        assert setting.images_billed == 2
        assert str(error) == (
            "budget catalogue-month: stability.stable-image-core-v1:1 any us-west-2 wants $0.04 and $0.02 of $0.10 "
            "is left; it starts again on 2026-12-01 00:00 UTC; nothing was sent"
        )
        assert (error.budget, error.wanted, error.room, error.limit) == (
            "catalogue-month",
            40_000,
            20_000,
            100_000,
        )
        assert error.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
        assert (error.model_id, error.tags) == (CORE, {"pipeline": "catalogue"})


def test_a_refusal_survives_pickling() -> None:
    """It goes from a worker process to its parent whole."""
    with guarded(budget("0.01")) as setting, pytest.raises(BudgetExceeded) as raised:
        setting.invoke()
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301
    assert (type(again), str(again), again.__dict__) == (
        BudgetExceeded,
        str(raised.value),
        raised.value.__dict__,
    )


def test_a_call_counts_in_every_budget_that_matches_it() -> None:
    """Model globs and tags decide; one hold, several budgets, and the tightest refuses for all."""
    budgets = (
        budget("1.00", "all"),
        budget("1.00", "ultra", models=["*ultra*"]),
        budget("0.05", "acme", tags={"tenant": "acme"}),
        budget("1.00", "other", tags={"tenant": "other"}),
    )
    with guarded(*budgets, tags={"tenant": "acme"}) as setting:
        assert setting.said()["budgets"] == ["all", "acme"]
        with pytest.raises(BudgetExceeded, match="budget acme"):
            setting.invoke()
        assert [status.settled for status in setting.guard.status()] == [40_000, 0, 40_000, 0]


def test_tags_of_a_block_win_over_tags_of_the_client() -> None:
    """The call belongs to the inner tenant."""
    budgets = (budget(name="acme", tags={"tenant": "acme"}), budget(name="beta", tags={"tenant": "beta"}))
    with guarded(*budgets, tags={"tenant": "acme", "app": "studio"}) as setting:
        with tags(tenant="beta"):
            assert setting.said()["budgets"] == ["beta"]
        assert setting.said()["budgets"] == ["acme"]
        entry = next(entry for entry in setting.guard.entries() if entry.kind == "hold")
        assert (entry.tags["tag:tenant"], entry.tags["tag:app"]) == ("beta", "studio")


def test_a_call_that_no_budget_counts_is_refused() -> None:
    """Otherwise a forgotten tag would be a hole in every budget."""
    with guarded(budget(tags={"pipeline": "catalogue"})) as setting:
        with pytest.raises(
            Uncovered, match=r"no budget counts .*core-v1:1 with tags none; add a budget that does"
        ):
            setting.invoke()
        assert setting.images_billed == 0


def test_a_call_that_no_budget_counts_is_still_on_record_where_policy_lets_it_go() -> None:
    """Its hold and its settlement are in the ledger, under no budget."""
    with guarded(budget(tags={"pipeline": "x"}), policy=Policy(uncovered="warn")) as setting:
        said = setting.said()
        assert (said["budgets"], said["billed_usd"]) == ([], "0.04")
        assert "no budget counts" in said["warnings"][0]
        assert setting.guard.ledger.find(said["hold_id"]).billed == 40_000


@pytest.mark.parametrize(
    "body",
    [stability().encode(), stability(), bytearray(stability().encode()), io.BytesIO(stability().encode())],
    ids=["bytes", "text", "bytearray", "file"],
)
def test_every_kind_of_body_goes_out_as_it_is(body: object) -> None:
    """Text, bytes and files are read once, priced, and sent unchanged."""
    with guarded() as setting:
        assert setting.said(body=body)["billed_usd"] == "0.04"
        assert setting.images_billed == 1


@pytest.mark.parametrize(
    ("model_id", "body", "why"),
    [
        (CORE, "not json", "is not JSON"),
        (CORE, "", "is empty"),
        (CORE, "[]", "not an object"),
        (CORE, '{"mode": "text-to-image"}', "prompt"),
        (TITAN, '{"taskType": "PAINT"}', "PAINT"),
        (TITAN, '{"taskType": "IMAGE_VARIATION", "imageVariationParams": {"images": ["%%%"]}}', "not base64"),
        (
            TITAN,
            json.dumps(
                {
                    "taskType": "BACKGROUND_REMOVAL",
                    "backgroundRemovalParams": {"image": pictures.text(b"GIF89a" + bytes(64))},
                }
            ),
            "not a PNG, JPEG or WebP",
        ),
        ("stability.stable-image-mega-v1:0", stability(), "is not an image model in price book"),
        (ARN, stability(), "give the guard model_map="),
    ],
)
def test_what_cannot_be_priced_is_refused(model_id: str, body: str, why: str) -> None:
    """One line says what is wrong with it; nothing was sent and nothing is held."""
    with guarded(policy=Policy(retired="allow")) as setting:
        with pytest.raises(Unpriced) as raised:
            setting.invoke(model_id, body)
        assert why in str(raised.value)
        assert "\n" not in str(raised.value)
        assert str(raised.value).endswith("; nothing was sent")
        assert not setting.bedrock.requests
        assert setting.spent() == (0, 0)


def test_a_body_that_cannot_be_read_is_held_at_the_dearest_where_policy_lets_it_go() -> None:
    """AWS rejects it, the endpoint too: what was held is given back."""
    with guarded(policy=Policy(unpriced="warn"), region="us-east-1") as setting:
        with pytest.raises(ClientError, match="ValidationException"):
            setting.invoke(TITAN, '{"taskType": "PAINT"}')
        hold = next(entry for entry in setting.guard.entries() if entry.kind == "hold")
        assert hold.amount == 5 * 12_000
        assert setting.spent() == (0, 0)


def test_an_unknown_model_goes_out_without_a_hold_where_policy_lets_it() -> None:
    """Nothing can be held for it, and the log says so."""
    with guarded(policy=Policy(unpriced="allow")) as setting:
        with pytest.raises(ClientError):
            setting.invoke("stability.stable-image-mega-v1:0")
        assert [entry.kind for entry in setting.guard.entries()] == ["define"]


def test_an_opaque_arn_is_priced_as_the_model_it_stands_for() -> None:
    """`model_map` says which model answers."""
    with guarded(model_map={ARN: CORE}) as setting:
        with pytest.raises(ClientError):
            setting.invoke(ARN)
        hold = next(entry for entry in setting.guard.entries() if entry.kind == "hold")
        assert (hold.amount, hold.tags["model_id"]) == (40_000, CORE)


def test_a_model_map_names_only_models_of_the_book() -> None:
    """A misspelt one would let calls go without a price."""
    with pytest.raises(
        GuardConfigError, match=r"model_map\['arn:x'\]: .*did you mean stability.stable-image-core-v1:1"
    ):
        Guard.from_policy(
            [budget()], ledger="memory://", model_map={"arn:x": "stability.stable-image-core-v1:11"}
        )


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us.meta.llama3-1-8b-instruct-v1:0",
        "amazon.titan-embed-text-v2:0",
    ],
)
def test_models_that_make_no_images_are_none_of_its_business(model_id: str) -> None:
    """The endpoint does not know them, which shows that the request went out; nothing is recorded."""
    with guarded() as setting:
        with pytest.raises(ClientError):
            setting.invoke(model_id, '{"inputText": "hello"}')
        assert setting.bedrock.requests == {"ValidationException": 1}
        assert [entry.kind for entry in setting.guard.entries()] == ["define"]


def test_operations_that_cannot_be_priced_are_refused_for_image_models() -> None:
    """Streams, conversations and asynchronous jobs; text models are let through to the endpoint."""
    conversation = {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}
    output = {"s3OutputDataConfig": {"s3Uri": "s3://bucket/key"}}
    with guarded() as setting:
        client = setting.client
        with pytest.raises(Unpriced, match="InvokeModelWithResponseStream"):
            client.invoke_model_with_response_stream(modelId=CORE, body=stability())
        with pytest.raises(Unpriced, match="Converse"):
            client.converse(modelId=TITAN, **conversation)
        with pytest.raises(Unpriced, match="StartAsyncInvoke"):
            client.start_async_invoke(modelId="amazon.nova-reel-v1:1", modelInput={}, outputDataConfig=output)
        assert not setting.bedrock.requests
        with pytest.raises(ClientError):
            client.converse(modelId="amazon.nova-lite-v1:0", **conversation)
        assert setting.bedrock.requests


def test_a_retired_model_follows_policy() -> None:
    """Blocked, or sent with a warning, or sent."""
    for choice in ("warn", "allow"):
        policy = Policy(retired=choice)
        with guarded(clock=Clock(TODAY), region="us-east-1", policy=policy) as setting:
            assert "end of life on 2026-06-30" in " ".join(setting.said(TITAN, amazon())["warnings"])
    with guarded(clock=Clock(TODAY), region="us-east-1", policy=Policy(retired="block")) as setting:
        with pytest.raises(ModelRetired, match="reached its end of life on 2026-06-30"):
            setting.invoke(TITAN, amazon())
        assert setting.images_billed == 0


def test_past_its_threshold_a_budget_sends_cheaper_requests() -> None:
    """Below 35 of 70 cents Ultra goes out as asked, then SD3.5 while it fits, and then nothing."""
    with guarded(budget("0.70", downgrade=50), ladder=STABILITY_LADDER) as setting:
        sent = [setting.said(ULTRA)["sku"].partition(" ")[0] for _ in range(7)]
        assert sent == [ULTRA, ULTRA, SD35, SD35, SD35, SD35, SD35]
        with pytest.raises(
            BudgetExceeded, match=r"wants \$0.14, \$0.04 at its cheapest, and \$0.02 of \$0.70 is left"
        ):
            setting.invoke(ULTRA)
        assert setting.bedrock.billed.micros == 680_000


def test_the_response_says_what_was_downgraded() -> None:
    """The SKU asked for, what is different, and the prompt as it was."""
    with guarded(budget("0.13"), ladder=STABILITY_LADDER) as setting:
        said = setting.said(ULTRA, stability("a blue shoe", seed=7, aspect_ratio="16:9"))
        assert said["sku"] == f"{SD35} any us-west-2"
        assert said["downgraded_from"] == f"{ULTRA} any us-west-2"
        assert said["changes"][0] == f"model: {ULTRA} -> {SD35}"
        settled = next(entry for entry in setting.guard.entries() if entry.kind == "settle")
        assert (settled.tags["sku"], settled.tags["downgraded_from"]) == (
            said["sku"],
            said["downgraded_from"],
        )
        assert setting.bedrock.billed.micros == 80_000


def test_a_rung_that_cannot_be_taken_is_stepped_over_and_says_why() -> None:
    """An image for Ultra's image-to-image mode has no place in Core's request; the ladder says so and refuses."""
    picture = pictures.text(pictures.png(512, 512))
    with guarded(budget("0.07"), ladder=[ModelRung(ULTRA, CORE)]) as setting:
        with pytest.raises(BudgetExceeded, match=r"wants \$0.14 and \$0.07"):
            setting.invoke(ULTRA, stability(image=picture, strength=0.5))
        refused = [entry for entry in setting.guard.entries() if entry.kind == "refuse"][-1]
        assert str(refused.tags["skipped"]).startswith(f"{ULTRA} -> {CORE}: ")


def test_a_request_that_went_out_as_asked_past_a_threshold_says_which_rungs_were_skipped() -> None:
    """Half of the budget asks for Core, which cannot do it: Ultra goes out, and the response says why."""
    picture = pictures.text(pictures.png(512, 512))
    with guarded(budget("0.20", downgrade=50), ladder=[ModelRung(ULTRA, CORE)]) as setting:
        said = setting.said(ULTRA, stability(image=picture, strength=0.5))
        assert (said["sku"], said["downgraded_from"]) == (f"{ULTRA} any us-west-2", None)
        ((rung, why),) = [tuple(each.values()) for each in said["skipped"]]
        assert rung == f"{ULTRA} -> {CORE}"
        assert why


def test_amazon_rungs_add_up() -> None:
    """Premium to standard, four images to one, 1024 to 512: each step starts where the one before ended."""
    ladder = (QualityRung("standard"), ImagesRung(1), SizeRung())
    wanted = amazon(4, "premium")
    for limit, images, quality, size in [
        ("0.045", 4, "standard", 1024),
        ("0.011", 1, "standard", 1024),
        ("0.009", 1, "standard", 512),
    ]:
        with guarded(budget(limit), ladder=ladder, region="us-east-1") as setting:
            said = setting.said(TITAN, wanted)
            ((sku, total),) = setting.bedrock.billed.by_sku.items()
            assert (total.images, sku.quality, sku.size_class) == (images, quality, str(size))
            assert said["downgraded_from"] == f"{TITAN} 1024 premium us-east-1"


def test_titan_and_canvas_take_each_others_requests() -> None:
    """A dearer Canvas request goes out to Titan."""
    with guarded(budget("0.02"), ladder=[ModelRung(CANVAS, TITAN)], region="us-east-1") as setting:
        assert setting.said(CANVAS, amazon(seed=7))["sku"] == f"{TITAN} 1024 standard us-east-1"
        assert setting.images_billed == 1


def test_a_retired_model_is_no_rung() -> None:
    """Titan is past its end of life today: the rung is stepped over rather than a retry spent on it."""
    with guarded(
        budget("0.02"), ladder=[ModelRung(CANVAS, TITAN)], region="us-east-1", clock=Clock(TODAY)
    ) as setting:
        with pytest.raises(BudgetExceeded):
            setting.invoke(CANVAS, amazon())
        refused = [entry for entry in setting.guard.entries() if entry.kind == "refuse"][-1]
        assert refused.tags["skipped"] == f"{CANVAS} -> {TITAN}: {TITAN} is past its end of life"


def test_a_retry_that_does_not_fit_is_not_made() -> None:
    """A cent in the budget: the first attempt may have used it, so the timeout is raised after one attempt."""
    config = Config(read_timeout=0.3, retries={"total_max_attempts": 3})
    with guarded(
        budget("0.01"), faults=[Timeout()], client={"config": config}, price_overrides=[CENT]
    ) as setting:
        with pytest.raises(ReadTimeoutError):
            setting.invoke()
        assert setting.images_billed == 1
        assert setting.spent() == (10_000, 0)


def test_an_error_is_not_retried_where_policy_counts_it_and_it_does_not_fit() -> None:
    """500 counted as billed: its modelled exception comes after one attempt."""
    policy = Policy(assumed_billed=("server_error",))
    faults = [ApiError("InternalServerException", billed=True)]
    with guarded(budget("0.01"), faults=faults, policy=policy, price_overrides=[CENT]) as setting:
        with pytest.raises(ClientError, match="InternalServerException") as raised:
            setting.invoke()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert (setting.images_billed, setting.spent()) == (1, (10_000, 0))


def test_image_calls_wait_five_minutes_unless_the_client_says_otherwise() -> None:
    """What reaches the HTTP session: 300 s in place of botocore's 60, and the caller's own value as it is."""
    for config, expected in ((None, 300), (Config(read_timeout=90), None)):
        with guarded(client={} if config is None else {"config": config}) as setting:
            waits: list[object] = []
            setting.client.meta.events.register(
                "request-created.bedrock-runtime.InvokeModel",
                lambda request, waits=waits, **_: waits.append(request.context.get("read_timeout")),
            )
            setting.invoke()
            assert waits == [expected]


def test_a_request_changed_after_its_cost_is_held_does_not_go_out() -> None:
    """A handler that runs later asks for five images in place of one."""

    def enlarge(params: dict[str, object], **_: object) -> None:
        params["body"] = amazon(5).encode()

    with guarded(region="us-east-1") as setting:
        setting.client.meta.events.register("before-call.bedrock-runtime.InvokeModel", enlarge)
        with pytest.raises(RequestChanged, match="nothing was sent"):
            setting.invoke(TITAN, amazon(1))
        assert setting.images_billed == 0
        assert setting.spent() == (0, 0)


def test_a_stop_is_heard_by_every_guard_on_the_ledger() -> None:
    """The kill switch refuses calls until someone resumes."""
    with open_ledger("memory://") as ledger, guarded(ledger=ledger) as setting:
        with Guard.from_policy([budget()], ledger=ledger) as other:
            other.stop("prompt gone wild", who="ops")
            with pytest.raises(GuardStopped, match=r"stopped by ops: prompt gone wild; nothing was sent"):
                setting.invoke()
            assert [status.state for status in setting.guard.status()] == ["stopped"]
            other.resume("ops")
        assert setting.said()["billed_usd"] == "0.04"


def test_a_ledger_that_does_not_answer_blocks_unless_policy_allows() -> None:
    """Closed under the guard: refused, or sent without a hold."""
    for choice, billed in (("block", 0), ("allow", 1)):
        policy = Policy(ledger_down=choice)  # type: ignore[arg-type]
        with open_ledger("memory://") as ledger, guarded(ledger=ledger, policy=policy) as setting:
            ledger.close()
            if choice == "block":
                with pytest.raises(LedgerUnavailable):
                    setting.invoke()
            else:
                assert setting.said()["hold_id"] is None
            assert setting.images_billed == billed


def test_a_body_is_never_lost_to_the_ledger() -> None:
    """The ledger goes away during the call: the response arrives, and the hold is left to lapse."""
    with open_ledger("memory://") as ledger:

        def close_ledger(**_: object) -> None:
            ledger.close()

        with guarded(ledger=ledger) as setting:
            setting.client.meta.events.register("response-received.bedrock-runtime.InvokeModel", close_ledger)
            assert json.loads(setting.invoke()["body"].read())["images"]


def test_windows_roll_over_in_utc() -> None:
    """A day's budget is whole again after midnight; a month's is not."""
    clock = Clock(at("2026-11-22T23:59:59"))
    with guarded(budget("0.04", "day", "day"), budget("1.00", "month", "month"), clock=clock) as setting:
        setting.invoke()
        with pytest.raises(BudgetExceeded) as raised:
            setting.invoke()
        assert raised.value.resets_at == datetime(2026, 11, 23, tzinfo=UTC)
        clock.now = at("2026-11-23T00:00:00")
        setting.invoke()
        assert [(status.period, status.settled) for status in setting.guard.status()] == [
            ("2026-11-23", 40_000),
            ("2026-11", 80_000),
        ]


def test_a_new_limit_takes_effect_at_the_next_start(tmp_path: Path) -> None:
    """History stays; a limit below what is spent blocks, a higher one makes room again."""
    url = f"sqlite:///{tmp_path}/guard.db"
    for limit, sent in (("0.08", 2), ("0.04", 0), ("0.12", 1)):
        with guarded(budget(limit), ledger=url) as setting:
            for _ in range(sent):
                setting.invoke()
            with pytest.raises(BudgetExceeded):
                setting.invoke()
    with (
        pytest.raises(PeriodConflict, match="per lifetime in this ledger"),
        guarded(budget("1", per="day"), ledger=url),
    ):
        pass


def test_observing_refuses_and_rewrites_nothing() -> None:
    """Everything is recorded, with what enforcing would have done."""
    with guarded(budget("0.20", downgrade=50), ladder=STABILITY_LADDER, mode="observe") as setting:
        said = [setting.said(ULTRA) for _ in range(3)]
        assert [each["sku"].partition(" ")[0] for each in said] == [ULTRA] * 3
        assert [each.get("would", "")[:60] for each in said] == [
            f"model: {ULTRA} -> {SD35}"[:60],
            f"model: {ULTRA} -> {SD35}"[:60],
            "refuse: budget b has no room",
        ]
        (status,) = setting.guard.status()
        assert (status.name, status.limit, status.settled, status.room) == (
            "b",
            usd("0.20"),
            usd("0.42"),
            usd("-0.22"),
        )
        assert setting.images_billed == 3


def test_what_was_observed_counts_when_enforcing_begins(tmp_path: Path) -> None:
    """Money spent in the shadow is spent: the month goes on from there, once."""
    url = f"sqlite:///{tmp_path}/guard.db"
    month = budget("0.10", per="month")
    with guarded(month, ledger=url, mode="observe") as setting:
        setting.invoke()
        setting.invoke()
    for _ in range(2):
        with guarded(month, ledger=url) as setting:
            assert setting.spent() == (80_000, 0)
            with pytest.raises(BudgetExceeded):
                setting.invoke()


def test_a_detached_client_is_let_go() -> None:
    """Calls go out unguarded; attaching twice counts once."""
    with guarded() as setting:
        setting.guard.attach(setting.client)
        setting.invoke()
        assert setting.spent() == (40_000, 0)
        setting.guard.detach(setting.client)
        assert "Bursar" not in setting.invoke()["ResponseMetadata"]
        assert setting.spent() == (40_000, 0)


@pytest.mark.parametrize("target", [None, "client", object(), boto3])
def test_only_clients_and_sessions_can_be_attached(target: object) -> None:
    """Anything else would be guarded in name only."""
    refusal = pytest.raises(GuardConfigError, match="give it a bedrock-runtime client or a session")
    with Guard.from_policy([budget()], ledger="memory://") as guard, refusal:
        guard.attach(target)


def test_clients_of_other_services_cannot_be_attached() -> None:
    """They never make an image."""
    s3 = boto3.Session().client("s3", region_name="us-west-2")
    with (
        Guard.from_policy([budget()], ledger="memory://") as guard,
        pytest.raises(GuardConfigError, match="this is a client of s3"),
    ):
        guard.attach(s3)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"budgets": []}, "there is no budget"),
        ({"budgets": [budget(), budget()]}, "two budgets are called 'b'"),
        ({"budgets": [budget(None)]}, "held to credits and there are none"),
        ({"ladder": [ModelRung(ULTRA, "stability.nonsense")]}, "ladder, .*nonsense"),
        ({"policy": Policy(unpriced="maybe")}, "policy.unpriced is block, warn or allow"),  # type: ignore[arg-type]
        ({"policy": Policy(assumed_billed=("luck",))}, "'luck' is no outcome"),
        ({"mode": "audit"}, "mode is enforce or observe"),
    ],
)
def test_what_cannot_be_enforced_is_refused_at_the_start(settings: dict[str, object], why: str) -> None:
    """One line each, before any call."""
    with pytest.raises(GuardConfigError, match=why):
        Guard.from_policy(**{"budgets": [budget()], "ledger": "memory://", **settings})  # type: ignore[arg-type]


def test_a_guard_is_made_from_a_scenario_file(tmp_path: Path) -> None:
    """Budgets, ladder and policy come from the file."""
    file = tmp_path / "policy.yaml"
    file.write_text(
        "name: p\nbudgets: [{name: day, limit_usd: 2, per: day}]\nladder: [{images: 1}]\npolicy: {retired: block}\n"
    )
    with Guard.from_scenario(file, "memory://") as guard:
        assert [(status.name, status.limit) for status in guard.status()] == [("day", 2_000_000)]
        assert (guard.config.ladder, guard.config.policy.retired) == ((ImagesRung(1),), "block")


def test_a_quote_costs_nothing_and_holds_nothing() -> None:
    """The most a request can cost today, under the guard's own prices."""
    with guarded(price_overrides=[CENT]) as setting:
        assert setting.guard.quote(CORE, stability()).cost == 10_000
        assert setting.spent() == (0, 0)


def test_no_refusal_is_anything_but_a_refusal() -> None:
    """One class to catch them all: nothing was sent."""
    assert all(
        issubclass(each, CallRefused)
        for each in (BudgetExceeded, Uncovered, Unpriced, ModelRetired, GuardStopped)
    )


@pytest.fixture(autouse=True)
def _no_tags_left() -> Iterator[None]:
    yield
    assert not tags.current()
