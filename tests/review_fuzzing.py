"""The worst files a person could send for review, each within the largest file there may be.

`python -m tests.review_fuzzing` reviews each of them in every format and prints a line of JSON: its name, the CPU seconds
it took, how many findings there were, and the most memory the process has had so far.
"""

import json
import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from planner.report.review_formats import FORMATS, review_report
from planner.review.file import Reviewer
from planner.review.reviewed import Review
from pricing.reading.text import LARGEST_FILE

AS_OF = date(2026, 10, 20)
HEAD = "name: a\nstart: 2026-12\nmonths: {months}\nregion: us-west-2\npipelines:\n"
PIPELINE = (
    "- {{name: p{n}, assets_per_month: {volume}, growth_pct_per_month: {volume},"
    " stages: [{{name: s, model: {model}}}]{more}}}\n"
)
CORE = "stability.stable-image-core-v1:1"
DIGITS = "1." + "3" * 37
SUPPORTING = ", supporting: {storage_mb: 1, deliveries: 1, delivery_mb: 1, compute_gb_s: 1}"


def filled(head: str, part: Callable[[int], str], tail: str = "") -> str:
    """As many parts as fit between head and tail."""
    parts, room, number = [head], LARGEST_FILE - len(head.encode()) - len(tail), 0
    while (room := room - len(part(number).encode())) >= 0:
        parts.append(part(number))
        number += 1
    return "".join((*parts, tail))


def plan(count: int, months: int, model: str = CORE, volume: str = "1", more: str = "") -> str:
    return HEAD.format(months=months) + "".join(
        PIPELINE.format(n=n, model=model, volume=volume, more=more) for n in range(count)
    )


def stages(count: int, text: str, months: int = 1, start: str = "2026-12") -> str:
    """One pipeline of many stages."""
    listed = ", ".join(f"{{name: draft{n}, {text.format(n=n)}}}" for n in range(count))
    return HEAD.format(months=months).replace("2026-12", start) + (
        f"- {{name: p, assets_per_month: 1, stages: [{listed}]}}\n"
    )


def worst_files() -> Iterator[tuple[str, str]]:
    yield from _of_mistakes()
    yield from _of_yaml()
    yield from _of_plans()
    yield from _of_rules()


def _of_mistakes() -> Iterator[tuple[str, str]]:
    yield "unknown keys", filled("", lambda n: f"k{n}: 1\n")
    yield "duplicate keys", filled("", lambda n: "name: 1\n")
    yield "numbers for mappings", filled("pipelines: [", lambda n: "1,", "]")
    yield "empty mappings", filled("pipelines: [", lambda n: "{},", "]")
    yield "wrong keys", filled("pipelines:\n", lambda n: "- {nme: a}\n")
    yield "wrong rungs", filled("name: a\nladder:\n", lambda n: f"- {{x{n}: 1}}\n")
    yield "wrong words", filled("name: a\ncredits:\n", lambda n: "- {program: activat}\n")
    yield "nulls", filled("name: a\nbudgets:\n", lambda n: "-\n")
    yield "other YAML", filled("name: a\nbudgets:\n", lambda n: "- {name: no}\n")
    yield "fine amounts", filled("name: a\nbudgets:\n", lambda n: f"- {{limit_usd: 0.{'0' * 37}1}}\n")
    yield "fine prices", filled("name: a\nprice_overrides:\n", lambda n: f"- {{usd_per_image: {DIGITS}}}\n")
    yield "equal names", filled("name: a\nbudgets:\n", lambda n: "- {name: a, limit_usd: 1}\n")
    yield "long values", filled("name: a\nbudgets:\n", lambda n: f"- {{per: {'x' * 900}}}\n")
    yield "figures", filled("name: a\nexpect: {", lambda n: f"runway_month{n}: 1,", "}")
    yield "seasons", filled("name: a\npipelines:\n- seasonality: {", lambda n: f"{n}: x,", "}")


def _of_yaml() -> Iterator[tuple[str, str]]:
    yield "open brackets", "[" * LARGEST_FILE
    yield "nested lists", filled("name: a\nx: [", lambda n: "[" * 40 + "]" * 40 + ",", "]")
    yield "pairs", filled("[", lambda n: "{a},", "]")
    yield "empty pairs", filled("[", lambda n: "a: ,", "]")
    yield "tags", filled("[", lambda n: "!a,", "]")
    yield "anchors", filled("[", lambda n: f"&a{n},", "]")
    yield "aliases", filled("name: &a a\nx: [", lambda n: "*a,", "]")
    yield "escapes", filled("name: a\nx: [", lambda n: '"\\x41",', "]")
    yield "control characters", "\x01" * LARGEST_FILE
    yield "line breaks", "\n" * LARGEST_FILE
    yield "one long line", f"name: {'a' * (LARGEST_FILE - 6)}"
    yield "documents", "---\n" * (LARGEST_FILE // 4)
    yield "wide text", filled('name: "', lambda n: "語", '"\n')


def _of_plans() -> Iterator[tuple[str, str]]:
    yield "many pipelines", plan(2_000, 1)
    yield "as many pipelines as are planned", plan(150, 120)
    yield "with supporting usage", plan(75, 120, more=SUPPORTING)
    yield "long figures", plan(9, 120, volume=DIGITS)
    yield "unknown models", stages(9_000, "model: stability.stable-image-cor-v1:{n}")
    yield "sizes without effect", stages(2_500, f"model: {CORE}, size: 1x1")
    nova = "model: amazon.nova-canvas-v1:0, candidates: 2, size: 1040x1040, region: us-east-1"
    yield "sizes over a boundary", stages(2_500, nova, start="2026-01")
    pool = "- {{name: p{n}, balance_usd: 1000, starts: 2026-12-01, expires: 2027-{m:02d}-10, bedrock_third_party: unknown}}\n"
    pools = "credits:\n" + "".join(pool.format(n=n, m=n % 12 + 1) for n in range(200))
    others = "".join(f"- {{product: p{n}, usd_per_month: 1}}\n" for n in range(95))
    yield "pools", plan(1, 60) + pools
    yield "pools and charges", f"{plan(1, 12)}background_spend:\n{others}{pools}"
    globs = "".join(f"- {{model: '{'*a' * 150}{n}', discount_pct: 1}}\n" for n in range(200))
    yield "override patterns", f"{plan(1, 12)}price_overrides:\n{globs}"


def _of_rules() -> Iterator[tuple[str, str]]:
    base = plan(1, 12)
    for per_budget in (5, 100):
        globs = [", ".join(f"stab*x{n}_{m}*" for m in range(per_budget)) for n in range(200)]
        budgets = "".join(
            f"- {{name: b{n}, limit_usd: 1, applies_to: {{models: [{each}]}}}}\n"
            for n, each in enumerate(globs)
        )
        yield f"{per_budget} patterns a budget", f"{base}budgets:\n{budgets}"
    twenty = ", ".join(["{at_pct: 0, do: downgrade}"] * 20)
    yield (
        "thresholds",
        base
        + "budgets:\n"
        + "".join(f"- {{name: b{n}, limit_usd: 1, thresholds: [{twenty}]}}\n" for n in range(200)),
    )
    rungs = "".join(f"- {{from: stability.x{n}, to: stability.y{n}}}\n" for n in range(200))
    yield "unknown rungs", f"{base}ladder:\n{rungs}"
    yield "comments", filled(base, lambda n: f"# bursar: ignore pool-idlx{n} why\n")
    yield "comments in a line", filled(f"{base}#", lambda n: " # bursar: ignore pool-idlx x", "\n")
    yield "one long comment", filled(f"{base}# bursar: ignore a", lambda n: ", a", "\n")
    yield "hashes", filled(f"{base}# bursar: ", lambda n: "#", "\n")


def review_all(source: str | bytes) -> int:
    """Reviews the text and writes it in every format; how many findings there were."""
    reviewed = Reviewer(AS_OF).review_source(source, "fuzz.yaml")
    review = Review((reviewed,), None, AS_OF)
    for form in FORMATS:
        assert review_report(review, form)
    return len(reviewed.findings)


def main() -> None:
    review_all("name: warm\nbudgets: []\n")
    for name, text in worst_files():
        began = time.process_time()
        found = review_all(text)
        peak = _peak_mb()
        row = {
            "name": name,
            "bytes": len(text.encode("utf-8", "replace")),
            "seconds": round(time.process_time() - began, 3),
            "findings": found,
            "peak_mb": peak,
        }
        print(json.dumps(row), flush=True)


def _peak_mb() -> int:
    """Of this process alone: `getrusage` would count what the process that started it had as well."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
