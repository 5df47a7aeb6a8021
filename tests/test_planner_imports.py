"""What a command may load: start-up is paid by every run, every hook and every editor that calls it."""

import subprocess
import sys

import pytest

HEAVY = (
    "pandas",
    "numpy",
    "boto3",
    "botocore",
    "textual",
    "rich",
    "pydantic",
    "asyncio",
    "importlib.metadata",
)
SAMPLE = "scenarios/marketplace-catalogue.yaml"


def loaded_by(code: str) -> set[str]:
    """The modules a fresh interpreter holds after running the code."""
    script = f"import io, sys, contextlib\nwith contextlib.redirect_stdout(io.StringIO()):\n    {code}\nprint(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split()
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", SAMPLE],
        ["plan", SAMPLE, "--format", "json"],
        ["compare", SAMPLE, SAMPLE],
        ["prices", "list"],
        ["schema"],
        ["schema", "policies"],
        ["fmt", "--check", "scenarios"],
        ["--help"],
    ],
)
def test_reading_commands_load_nothing_heavy(arguments: list[str]) -> None:
    modules = loaded_by(f"from planner.cli import main; main({arguments!r})")
    assert not modules.intersection(HEAVY)


def test_help_loads_no_yaml_and_no_command() -> None:
    modules = loaded_by("from planner.cli import main; main(['--help'])")
    assert "yaml" not in modules
    assert not {name for name in modules if name.startswith("planner.commands.")}


def test_pricing_loads_nothing_of_planner() -> None:
    modules = loaded_by("import pricing.load, pricing.quote, pricing.requests; pricing.load.load_book()")
    assert not {name for name in modules if name.split(".")[0] == "planner"}
