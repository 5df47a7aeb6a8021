"""The published JSON Schema of `bursar.yaml`: valid, and in step with the loader in what it accepts and rejects."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from planner.review.policies import read_policy_file
from planner.review.policies.schema import PUBLISHED_POLICIES, policies_schema, policies_schema_text
from pricing.problems import Invalid
from tests.support import bursar
from tests.test_planner_schema import as_json, properties
from tests.test_review_policies_load import FULL

VALIDATOR = Draft202012Validator(policies_schema())


def test_the_published_schema_is_what_the_shapes_say() -> None:
    assert PUBLISHED_POLICIES.read_text(encoding="utf-8") == policies_schema_text()


def test_it_is_a_valid_schema_that_accepts_the_full_example() -> None:
    Draft202012Validator.check_schema(policies_schema())
    assert [error.message for error in VALIDATOR.iter_errors(as_json(FULL.read_text()))] == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("old_prices_days: 120", "old_prices_days: -1"),
        ("old_prices_days: 120", "old_price_days: 120"),
        ("forfeit_pct: 25", "forfeit_pct: much"),
        ("premium-drafts: off", "premium-drafts: maybe"),
        ("premium-drafts: off", "Premium: off"),
        ('["archive/**", "*.draft.yaml"]', "archive"),
        ("- name: ceiling\n    ", "- "),
        ("severity: warning", "severity: fatal"),
        ("scenarios: [Catalogue*]", "scenarios: []"),
        ("{max: 100_000}", "{}"),
        ("runway_months", "runway"),
        ("max_age_days: 180", "max_age_days: old"),
        ("representative: forbid", "representative: never"),
        ("limit_usd: 6_000, per: month", "limit_usd: 6_000"),
        ("limit: credits", "limit: cash"),
        ("every_call: true", "every_call: always"),
        ("ledger_down: block", "ledger_down: warn"),
        ("[timeout]", "[]"),
        ("{pipelines: [draft*]}", "{}"),
        ("forbid: [us-gov-*]", "forbid: [US]"),
    ],
)
def test_it_rejects_what_the_loader_rejects(tmp_path: Path, written: str, instead: str) -> None:
    text = FULL.read_text()
    assert written in text
    broken = tmp_path / "bursar.yaml"
    broken.write_text(text.replace(written, instead, 1))
    with pytest.raises(Invalid):
        read_policy_file(str(broken))
    assert not VALIDATOR.is_valid(as_json(broken.read_text()))


def test_every_key_explains_itself_to_a_pointer_that_rests_on_it() -> None:
    described = dict(properties(policies_schema()))
    assert len(described) > 40
    assert [path for path, schema in described.items() if not str(schema["description"]).endswith(".")] == []


def test_the_command_prints_either_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert bursar(capsys, "schema", "policies").out == policies_schema_text()
    assert '"title": "Bursar scenario"' in bursar(capsys, "schema").out
    assert bursar(capsys, "schema", "polices").code == 2
