"""What keeps a file from being read as a scenario, explained; no comment or setting takes these away."""

from typing import Final

from planner.review.rule import Rule

_EACH: Final = (
    "Nothing is read from a file with an error in it: what it says cannot be told from what was meant."
)


def _unusable(
    rule_id: str, title: str, remedy: str, bad: str = "", good: str = "", *, why: str = _EACH
) -> Rule:
    return Rule(rule_id, "error", title, why, remedy, bad, good, unusable=True)


RULES: Final = (
    _unusable(
        "syntax",
        "Text that is not YAML",
        "Mend the line that the finding names; editors underline it.",
        "name: month: December",
        'name: "month: December"',
    ),
    _unusable(
        "empty-file", "A file with nothing in it", "Begin with name:, or copy a sample.", "# nothing yet"
    ),
    _unusable(
        "unknown-key",
        "A key that means nothing",
        "Write the key that the finding suggests.",
        "pipelines:\n  - {name: p, asets_per_month: 250, ...}",
        "pipelines:\n  - {name: p, assets_per_month: 250, ...}",
        why="A misspelt key is a setting that does not apply. Other tools pass over it in silence.",
    ),
    _unusable(
        "missing-key",
        "A key that is needed and not there",
        "Add it.",
        "credits:\n  - {name: activate, balance_usd: 1_000}",
        "credits:\n  - {name: activate, balance_usd: 1_000, starts: 2026-11-15, expires: 2028-11-14}",
    ),
    _unusable("no-value", "A key without a value", "Give one, or take the key out.", "months:", "months: 12"),
    _unusable(
        "wrong-value",
        "A value of another kind than is expected",
        "Write what the finding names.",
        "months: a year",
        "months: 12",
    ),
    _unusable(
        "out-of-range",
        "A number outside its range",
        "Write a number within the range that the finding names.",
        "rework_pct: 1000",
        "rework_pct: 10",
    ),
    _unusable(
        "not-an-amount",
        "An amount of money that cannot be held exactly",
        "Write US dollars to a millionth at most.",
        "limit_usd: 0.00000001",
        "limit_usd: 0.000001",
        why="Amounts are whole micro-dollars: nothing is ever rounded on the way in.",
    ),
    _unusable("too-long", "Text or a list beyond any use", "Shorten it, or split the file."),
    _unusable("too-short", "A list that needs an item", "Add one, or take the key out.", "stages: []"),
    _unusable(
        "one-of",
        "Keys that exclude one another",
        "Keep one of them.",
        "budgets:\n  - {name: month, limit_usd: 500, limit: credits}",
        "budgets:\n  - {name: month, limit_usd: 500}",
    ),
    _unusable(
        "duplicate-key",
        "A key written twice",
        "Delete one.",
        "months: 12\nmonths: 18",
        "months: 18",
        why="YAML tools keep only the last, so a reviewer may read a figure that does not count.",
    ),
    _unusable(
        "duplicate-name",
        "Two of a kind with one name",
        "Give each its own.",
        "budgets:\n  - {name: month, limit_usd: 500}\n  - {name: month, limit_usd: 900}",
        "budgets:\n  - {name: month, limit_usd: 500}\n  - {name: tenants, limit_usd: 900}",
    ),
    _unusable(
        "empty-window",
        "A pool that expires before it starts",
        "Swap or mend the dates.",
        "{name: a, balance_usd: 5, starts: 2027-11-15, expires: 2026-11-14}",
        "{name: a, balance_usd: 5, starts: 2026-11-15, expires: 2027-11-14}",
    ),
    _unusable(
        "empty-range",
        "An expectation whose min is above its max",
        "Swap them.",
        "expect: {runway_months: {min: 12, max: 6}}",
        "expect: {runway_months: {min: 6, max: 12}}",
    ),
    _unusable(
        "same-model",
        "A step of the ladder that leads to itself",
        "Name a cheaper model.",
        "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.sd3-5-large-v1:0}",
        "ladder:\n  - {from: stability.sd3-5-large-v1:0, to: stability.stable-image-core-v1:1}",
    ),
    _unusable(
        "key-not-text", "A key that is a list or a mapping", "Quote it if it is text.", "? [a, b]\n: 1"
    ),
    _unusable(
        "alias",
        "An anchor or an alias",
        "Write the value out where it applies.",
        "region: &home us-west-2",
        "region: us-west-2",
        why="Each line of a scenario means one thing in one place, so that a change to it shows where it acts.",
    ),
    _unusable(
        "merge-key",
        "A merge key",
        "Write the keys out.",
        "- <<: {name: p}\n  assets_per_month: 250",
        "- {name: p, assets_per_month: 250}",
        why="Each line of a scenario means one thing in one place, so that a change to it shows where it acts.",
    ),
    _unusable(
        "tag", "A tag on a value", "Take it out: values need no tags.", "months: !!int 12", "months: 12"
    ),
    _unusable(
        "several-documents", "Two documents in one file", "Keep one in a file.", "name: a\n---\nname: b"
    ),
    _unusable("too-deep", "Nesting deeper than any scenario", "Flatten it."),
    _unusable(
        "too-large",
        "A file too large to be a plan",
        "Split it into several scenarios.",
        why="A file of a megabyte of commas would keep a review busy for minutes: it stops instead.",
    ),
    _unusable("too-many", "More findings than are shown", "Mend those shown, and look again."),
    _unusable(
        "control-character",
        "A character that nobody can see",
        "Take it out.",
        why="Control characters steer terminals, and invisible ones make two names look like one.",
    ),
    _unusable("binary-file", "Binary data", "Name a YAML file."),
    _unusable("encoding", "Text that is not UTF-8", "Save it as UTF-8."),
    _unusable("missing-file", "No such file", "Write the path that the finding suggests."),
    _unusable("not-a-file", "Not a regular file", "Name a YAML file."),
    _unusable("unreadable-file", "A file that cannot be read", "Look at its permissions and its name."),
    Rule(
        "yaml-1.1",
        "warning",
        "Text that other YAML tools read otherwise",
        "Bursar and editors read YAML 1.2, where `no` and `12:30` are text. Tools of YAML 1.1 make false and 750 of them,"
        " so the same file means two things.",
        "Quote it.",
        "tags: {country: no}",
        'tags: {country: "no"}',
    ),
)
