"""Two documents compared by meaning: what counts as an edit, and that each edit can be made alone."""

import json
import time
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.review.edits import Edit, edits
from planner.review.matching import meaning
from pricing.reading.nodes import Node
from pricing.reading.source import parse_document

KEYS = st.sampled_from(["name", "model", "product", "at_pct", "stages", "limit_usd", "tags"])
VALUES = st.recursive(
    st.sampled_from(["a", "b", "1", "1.0", "10", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
Value = object


def tree(text: str) -> Node:
    root = parse_document(text, "test.yaml").root
    assert root is not None
    return root


def written(value: Value) -> Node:
    return tree(json.dumps({"top": value}))


def found(before: str, now: str) -> list[tuple[str, str, int]]:
    """Each edit: its kind, where, and its line."""
    return [(edit.kind, edit.where, edit.at.start.line + 1) for edit in edits(tree(before), tree(now))]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("a: 1_000", "a: 1000.0"),
        ("a: +5", "a: 5"),
        ("a: x", "a: 'x' # why"),
        ("a: [1, 2]", "a:\n- 1\n- 2"),
        ("a: {b: 1, c: 2}", "a:\n  c: 2\n  b: 1"),
        ("a: ~", "a: null"),
        ("a: |-\n  x", "a: x"),
    ],
)
def test_another_spelling_is_no_edit(before: str, now: str) -> None:
    assert found(before, now) == []


@pytest.mark.parametrize(
    ("before", "now", "edit"),
    [
        ("name: 1.0", "name: 1.00", ("replaced", "name", 1)),
        ("tags: {tenant: 010}", "tags: {tenant: 10}", ("replaced", "tags.tenant", 1)),
        ("a: 1", "a: 1\nb: 2", ("added", "b", 2)),
        ("a: 1\nb: 2", "a: 1", ("removed", "b", 2)),
        ("a: 1", "a: [1]", ("replaced", "a", 1)),
        ("a: [1, 2]", "a:\n- 1\n- 3\n- 2", ("added", "a[1]", 3)),
        ("a:\n- {name: x, n: 1}\n- {name: y}", "a:\n- {name: y}", ("removed", "a[0]", 2)),
        ("a:\n- {name: x, n: 1}\n- {name: y}", "a:\n- {name: y}\n- {name: x, n: 2}", ("replaced", "a[1].n", 3)),
        ("a: {at_pct: 80}", "a: {at_pct: 8_1}", ("replaced", "a.at_pct", 1)),
        ("a: 5", "a: '5 '", ("replaced", "a", 1)),
    ],
)  # fmt: skip
def test_another_value_is_one(before: str, now: str, edit: tuple[str, str, int]) -> None:
    assert edit in found(before, now)


def test_items_of_another_order_move_once() -> None:
    before = "a: [{name: x}, {name: y}, {name: z}]"
    assert found(before, "a:\n- {name: x}\n- {name: z}\n- {name: y}") == [("moved", "a", 3)]


@given(VALUES)
def test_a_document_does_not_differ_from_itself(value: Value) -> None:
    assert list(edits(written(value), written(value))) == []


@given(VALUES, VALUES)
@settings(max_examples=300)
def test_documents_differ_exactly_where_their_meaning_does(before: Value, now: Value) -> None:
    """Strictly: `1` and `1.0` are one number outside of names and tags."""
    strict = meaning(written(before), textual=True) == meaning(written(now), textual=True)
    loose = meaning(written(before)) == meaning(written(now))
    made = list(edits(written(before), written(now)))
    assert not (made and strict)
    assert made or loose


@given(VALUES, st.data())
@settings(max_examples=300)
def test_a_single_edit_made_alone_is_the_document_of_now(value: Value, data: st.DataObject) -> None:
    """A leaf that is replaced gives one edit, and making it gives the other document; the first one stays as it was."""
    now = {"top": deepcopy(value)}
    leaves = list(_leaves(now))
    holder, key = data.draw(st.sampled_from(leaves)) if leaves else (now, "top")
    holder[key] = "another"  # type: ignore[index]
    before = written(value)
    as_it_was = meaning(before, textual=True)
    made = list(edits(before, tree(json.dumps(now))))
    if len(made) == 1:
        alone = made[0].applied(before)
        assert meaning(alone, textual=True) == meaning(tree(json.dumps(now)), textual=True)
    for edit in made:
        edit.applied(before)
    assert meaning(before, textual=True) == as_it_was


def _leaves(value: Value) -> list[tuple[Value, Value]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Value, Value]] = []
    for key, inner in items:
        found += _leaves(inner) if isinstance(inner, dict | list) else [(value, key)]
    return found


@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
def test_long_lists_are_compared_in_a_moment(named: bool) -> None:
    """10,000 items on either side, every one of them another: well under the five seconds a slow machine may take."""
    key = "name" if named else "n"
    before, now = (tree("\n".join(f"- {{{key}: {side}{n}}}" for n in range(10_000))) for side in "ab")
    began = time.process_time()
    made: list[Edit] = list(edits(before, now))
    assert len(made) == (20_000 if named else 10_000)
    assert time.process_time() - began < 5
