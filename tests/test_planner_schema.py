"""The published JSON Schema: valid, and in step with the loader in what it accepts and rejects."""

import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from planner.cli import main
from planner.scenario_file import read_scenario
from planner.schema import PUBLISHED, scenario_schema, schema_text
from pricing.problems import Invalid

FULL = Path(__file__).with_name("golden") / "scenario_full.yaml"
VALIDATOR = Draft202012Validator(scenario_schema())


def as_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """YAML as editors hand it to a schema: JSON values, days as text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=date.isoformat))


def test_the_published_schema_is_what_the_shapes_say() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(scenario_schema())


def test_it_accepts_the_full_example() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(as_json(FULL.read_text()))] == []


@pytest.mark.parametrize("share", ["0.000001", "30", "33.35", "100"])
def test_it_accepts_a_share_of_the_assets_as_the_loader_does(share: str) -> None:
    text = FULL.read_text().replace("outputs: 3", f"outputs: 3, share_pct: {share}")
    assert read_scenario(text, "full.yaml").scenario.pipelines[0].stages[3].share_pct == Fraction(share)
    assert VALIDATOR.is_valid(as_json(text))


def test_it_accepts_amounts_as_editors_read_them() -> None:
    """YAML 1.2 editors read 25_000 as text."""
    full = as_json(FULL.read_text())
    full["credits"][0]["balance_usd"] = "25_000"
    full["credits"][1]["bedrock_third_party"] = "yes"
    assert VALIDATOR.is_valid(full)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("name: Catalogue imagery for a marketplace", "title: x"),
        ("months: 18", "months: 0"),
        ("months: 18", "months: 121"),
        ("months: 18", "months: many"),
        ("months: 18", "monhts: 18"),
        ("months: 18", ""),
        ("start: 2026-12 ", "start: 2026-13 "),
        ("region: us-west-2", "region: Oregon"),
        ("discount_pct: 5", "discount_pct: 140"),
        ("discount_pct: 5", "discount_pct: 5, markup_pct: 5"),
        (", discount_pct: 5", ""),
        ("growth_pct_per_month: 8", "growth_pct_per_month: -100"),
        ("{11: 1.6, 12: 1.8}", "{13: 1.6}"),
        ("{11: 1.6, 12: 1.8}", "{11: -1.6}"),
        ("candidates: 4", "candidates: 0"),
        ("outputs: 3", "outputs: 1.5"),
        ("outputs: 3", "outputs: 3, share_pct: 0"),
        ("outputs: 3", "outputs: 3, share_pct: 100.5"),
        ("outputs: 3", "outputs: 3, share_pct: some"),
        ("outputs: 3", "outputs: 3, share: 30"),
        ("name: draft, task", "task"),
        ("rework_pct: 10 ", "rework_pct: 101 "),
        ("storage_mb: 4 ", "storage_gb: 4 "),
        ("usd_per_month: 250", "usd_per_month: -250"),
        ("program: bedrock-poc", "program: bedrock-pok"),
        ("balance_usd: 25_000", "balance_usd: plenty"),
        ("expires: 2027-11-30", "expires: soon"),
        ("bedrock_third_party: unknown", "bedrock_third_party: maybe"),
        ('products: ["*"]', "products: []"),
        ('products: ["*"]', 'products: "*"'),
        ("limit_usd: 6_000", "limit_usd: 6_000\n    limit: credits"),
        ("    limit_usd: 6_000\n", ""),
        ("limit: credits}", "limit: cash}"),
        ("per: month", "per: week"),
        ("at_pct: 50", "at_pct: 150"),
        ("do: downgrade", "do: upgrade"),
        ("{from: stability.sd3-5-large-v1:0,", "{"),
        ("{images: 1}", "{images: 0}"),
        ("{images: 1}", "{speed: 1}"),
        ("{size: smaller}", "{size: larger}"),
        ("{size: smaller}", "{size: smaller, images: 1}"),
        ("unpriced: block", "unpriced: shrug"),
        ("[timeout, filtered_output]", "[timeouts]"),
        ("{max: 0}", "{}"),
        ("{max: 0}", "{most: 0}"),
        ("{min: 12}", "{min: long}"),
        ("out_of_pocket_usd", "out_of_pocket"),
    ],
)
def test_it_rejects_what_the_loader_rejects(written: str, instead: str) -> None:
    text = FULL.read_text()
    assert written in text
    broken = text.replace(written, instead, 1)
    with pytest.raises(Invalid):
        read_scenario(broken, "broken.yaml")
    assert not VALIDATOR.is_valid(as_json(broken))


def properties(schema: object, path: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(schema, list):
        for item in schema:
            yield from properties(item, path)
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            yield f"{path}.{key}", value
        for key, value in schema.items():
            yield from properties(value, f"{path}.{key}")


def test_every_key_explains_itself_to_a_pointer_that_rests_on_it() -> None:
    described = dict(properties(scenario_schema()))
    assert len(described) > 60
    assert [path for path, schema in described.items() if not str(schema["description"]).endswith(".")] == []


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == scenario_schema()


def test_the_command_writes_it_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "schema.json"
    assert main(["schema", "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == schema_text()
