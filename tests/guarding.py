"""What tests of the guard share: request bodies, budgets in a line, a clock that stands still, and guarded clients."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

from planner.guard.guard import Guard
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.faults import Faults
from planner.scenario import AppliesTo, Budget, ModelRung, Threshold
from pricing.money import Micros, parse_usd
from pricing.overrides import Override

CORE = "stability.stable-image-core-v1:1"
SD35 = "stability.sd3-5-large-v1:0"
ULTRA = "stability.stable-image-ultra-v1:1"
TITAN = "amazon.titan-image-generator-v2:0"
CANVAS = "amazon.nova-canvas-v1:0"
STABILITY_LADDER = (ModelRung(ULTRA, SD35), ModelRung(SD35, CORE))
CENT = Override("*", usd_per_image=parse_usd("0.01"))
"""Every image costs a cent."""
BEFORE_RETIREMENT = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
"""A day on which Titan and Nova Canvas still answered."""


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = BEFORE_RETIREMENT

    def __call__(self) -> float:
        return self.now


def usd(text: str) -> Micros:
    return parse_usd(text)


def at(iso: str) -> float:
    return datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp()


def budget(
    limit: str | None = "1.00",
    name: str = "b",
    per: Literal["day", "month", "lifetime"] = "lifetime",
    *,
    downgrade: int | None = None,
    notify: Sequence[int] = (),
    tags: Mapping[str, str] | None = None,
    models: Sequence[str] = ("*",),
) -> Budget:
    """A budget; `limit` None for one held to credits."""
    thresholds = [Threshold(Fraction(pct), "notify") for pct in notify]
    if downgrade is not None:
        thresholds.append(Threshold(Fraction(downgrade), "downgrade"))
    covers = AppliesTo(tags or {}, tuple(models))
    return Budget(name, None if limit is None else usd(limit), per, covers, tuple(thresholds))


def stability(prompt: str = "a red shoe", **more: object) -> str:
    return json.dumps({"prompt": prompt, **more})


def amazon(images: int = 1, quality: str = "standard", size: int = 1024, **config: object) -> str:
    """A TEXT_IMAGE request to Titan or Nova Canvas."""
    shape = {"numberOfImages": images, "quality": quality, "width": size, "height": size, **config}
    return json.dumps(
        {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "a red shoe"},
            "imageGenerationConfig": shape,
        }
    )


@dataclass
class Setting:
    """A guarded client in front of an endpoint that counts what it bills."""

    bedrock: LocalBedrock
    client: Any
    guard: Guard
    clock: Clock = field(default_factory=Clock)

    def invoke(self, model_id: str = CORE, body: object = None) -> dict[str, Any]:
        response: dict[str, Any] = self.client.invoke_model(
            modelId=model_id, body=stability() if body is None else body
        )
        return response

    def said(self, model_id: str = CORE, body: object = None) -> dict[str, Any]:
        """Invoke, read the body, and return what the guard says of it."""
        response = self.invoke(model_id, body)
        response["body"].read()
        metadata: dict[str, Any] = response["ResponseMetadata"]["Bursar"]
        return metadata

    @property
    def images_billed(self) -> int:
        return self.bedrock.billed.images

    def spent(self, name: str = "b") -> tuple[int, int]:
        """Settled and held, in micro-dollars."""
        status = self.guard.ledger.status(name)
        return status.settled, status.held


@contextmanager
def guarded(
    *budgets: Budget,
    faults: Faults = (),
    client: Mapping[str, object] | None = None,
    region: str = "us-west-2",
    tags: Mapping[str, str | int] | None = None,
    bedrock: Mapping[str, Any] | None = None,
    **settings: Any,  # noqa: ANN401 - those of Guard.from_policy
) -> Iterator[Setting]:
    """An endpoint, a client and a guard with a memory ledger, unless `settings` says otherwise."""
    clock = settings.pop("clock", None) or Clock()
    settings.setdefault("ledger", "memory://")
    guard = Guard.from_policy(budgets or (budget(),), clock=clock, **settings)
    with LocalBedrock(guard.config.book, region=region, faults=faults, **(bedrock or {})) as endpoint, guard:
        made = endpoint.client(**(client or {}))
        guard.attach(made, tags)
        yield Setting(endpoint, made, guard, clock)
        made.close()
