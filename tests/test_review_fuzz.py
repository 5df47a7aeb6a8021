"""Files that nobody meant: no traceback, no hang past a second, no memory above 200 MB."""

import json
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.report.review_formats import FORMATS, review_report
from planner.review.file import MOST_FINDINGS, Reviewer
from planner.review.reviewed import Review
from planner.review.rules import RULES
from tests.review_fuzzing import AS_OF

LONGEST_S = 1.0
MOST_MB = 200
SEEDS = [
    path.read_bytes()
    for folder in ("scenarios", "tests/corpus/review", "tests/golden")
    for path in sorted(Path(folder).glob("*.yaml"))
]
FUZZED = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

Edit = tuple[str, int, int, bytes]
edits = st.lists(
    st.tuples(
        st.sampled_from(["cut", "put", "flip", "twice", "graft"]),
        st.integers(0, 4_000),
        st.integers(0, 60),
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [b"\t", b"\r", b"\xff", b"\x00", b"#", b": ", b"- ", b"[", b"}", b"&a ", b"*a", b"!!int ", b"|\n", b"'", b'"']
            ),
            st.sampled_from([b"\xe2\x80\xae", b"\xef\xbb\xbf", b"9" * 50, b"-1", b"1e9", b"0x1", b"never", b"no", b"~"]),
            st.sampled_from([b"# bursar: ignore pool-idle x\n", b"# bursar: ignore\n", b"2026-02-30", b"\n---\n"]),
        ),
    ),
    max_size=12,
)  # fmt: skip


def mutated(content: bytes, changes: list[Edit], other: bytes) -> bytes:
    for kind, anywhere, length, piece in changes:
        at = anywhere % (len(content) + 1)
        before, chosen, after = content[:at], content[at : at + length], content[at + length :]
        content = {
            "cut": before + after,
            "put": before + piece + chosen + after,
            "flip": before + bytes(255 - byte for byte in chosen[:1]) + chosen[1:] + after,
            "twice": before + chosen * 3 + after,
            "graft": before + other[at : at + 20 * length] + chosen + after,
        }[kind]
    return content


def check(source: str | bytes) -> None:
    """Reviews it, and holds what a review promises: known rules, places in the file, bounded time and length."""
    began = time.process_time()
    reviewed = Reviewer(AS_OF).review_source(source, "fuzz.yaml")
    for form in FORMATS:
        review_report(Review((reviewed,), None, AS_OF), form)
    assert time.process_time() - began < LONGEST_S
    assert len(reviewed.findings) <= 2 * MOST_FINDINGS + 3
    for problem in reviewed.findings:
        assert problem.code in RULES
        assert problem.message.isprintable() or "\n" not in problem.message
        if problem.place is not None and reviewed.lines:
            assert 1 <= problem.place.line <= len(reviewed.lines)
            assert problem.place.column >= 1


@FUZZED
@given(st.sampled_from(SEEDS), edits, st.sampled_from(SEEDS))
def test_a_damaged_scenario_is_reviewed(content: bytes, changes: list[Edit], other: bytes) -> None:
    check(mutated(content, changes, other))


KEYS = """
name start months region price_book price_overrides pipelines background_spend credits budgets ladder policy expect
model discount_pct usd_per_image assets_per_month growth_pct_per_month seasonality stages rework_pct supporting task
candidates outputs size quality steps storage_mb product usd_per_month entity kind program balance_usd starts expires
products bedrock_third_party status limit_usd limit per applies_to tags models thresholds at_pct do from to images
unpriced uncovered min max out_of_pocket_usd runway_months cost_per_asset_usd
"""
VALUES = """
a 2026-12 2026-07-24 2025-02-28 2026-representative us-west-2 12 0 -1 0.14 1_000 100 day month credits notify
downgrade block allow yes no unknown smaller standard premium 1 1024x1024 TEXT_IMAGE stability.* ~ never
stability.stable-image-core-v1:1 stability.sd3-5-large-v1:0 amazon.nova-canvas-v1:0 2026-11-15 2028-11-14
"""
words = st.sampled_from(KEYS.split())
values = st.one_of(
    st.sampled_from(VALUES.split()),
    st.integers(-5, 10**12).map(str),
    st.text(max_size=12).map(lambda text: json.dumps(text, ensure_ascii=False)),
)
flow = st.recursive(
    values,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(words, inner), max_size=6).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=25,
)


@FUZZED
@given(
    st.lists(st.tuples(words, flow, st.sampled_from(["", " # bursar: ignore expect x", " #"])), max_size=12)
)
def test_made_up_yaml_is_reviewed(entries: list[tuple[str, str, str]]) -> None:
    check("".join(f"{key}: {value}{comment}\n" for key, value, comment in entries))


valid_stage = st.fixed_dictionaries(
    {"model": st.sampled_from(["stability.stable-image-core-v1:1", "stability.sd3-5-large-v1:0", "amazon.nova-canvas-v1:0"])},
    optional={
        "candidates": st.integers(1, 1000),
        "outputs": st.integers(1, 1000),
        "size": st.sampled_from(["1024x1024", "1040x1040", "1x1", "99999x99999"]),
        "quality": st.sampled_from(["standard", "premium"]),
        "region": st.sampled_from(["us-east-1", "us-west-2", "eu-west-1"]),
    },
)  # fmt: skip
valid_plan = st.fixed_dictionaries(
    {
        "start": st.sampled_from(["2026-01", "2026-12", "2199-12"]),
        "months": st.integers(1, 120),
        "volume": st.integers(0, 10**12),
        "growth": st.integers(-99, 1000),
        "stages": st.lists(valid_stage, min_size=1, max_size=4),
        "balance": st.integers(0, 9 * 10**12),
        "limit": st.integers(0, 9 * 10**12),
    }
)


@FUZZED
@given(valid_plan)
def test_a_plan_at_the_ends_of_its_ranges_is_reviewed(made: dict[str, object]) -> None:
    """Every value is one the schema allows; together they are far from any plan."""
    listed = made["stages"]
    assert isinstance(listed, list)
    stages = "".join(f"      - {json.dumps({'name': f's{n}', **stage})}\n" for n, stage in enumerate(listed))
    check(
        f"name: p\nstart: {made['start']}\nmonths: {made['months']}\nregion: us-west-2\npipelines:\n"
        f"  - name: p\n    assets_per_month: {made['volume']}\n    growth_pct_per_month: {made['growth']}\n"
        f"    stages:\n{stages}"
        f"credits:\n  - {{name: c, balance_usd: {made['balance']}, starts: 2026-01-01, expires: never}}\n"
        f"budgets:\n  - {{name: b, limit_usd: {made['limit']}, thresholds: [{{at_pct: 80, do: downgrade}}]}}\n"
    )


def test_the_worst_files_take_less_than_a_second_and_200_mb() -> None:
    """CPU time, so that a busy machine does not count; in a process of its own, so that memory does."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.review_fuzzing"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(rows) > 40
    assert {row["name"]: row["seconds"] for row in rows if row["seconds"] >= LONGEST_S} == {}
    assert rows[-1]["peak_mb"] < MOST_MB
