"""House rules that a machine can keep."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULES = sorted(path for top in ("pricing", "planner") for path in Path(top).rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 300, 50


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_has_one_subject_said_in_its_docstring_and_is_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
    assert text.count("\n") <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_functions_are_short_and_catch_only_what_they_name(path: Path) -> None:
    text = path.read_text("utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    for node in _functions(tree):
        assert (node.end_lineno or node.lineno) - node.lineno <= LONGEST_FUNCTION, (
            f"{path}:{node.lineno} {node.name}"
        )
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        assert handler.type is not None, f"{path}:{handler.lineno} catches everything"
        broad = isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
        reasoned = "# noqa: BLE001 - " in lines[handler.lineno - 1]
        passes_on = any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
        assert reasoned or passes_on or not broad, (
            f"{path}:{handler.lineno} catches more than it names, and does not say why"
        )


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
