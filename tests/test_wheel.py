"""The wheel works where the checkout is not."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run(UV, "build", "--quiet", "--wheel", "--out-dir", folder, cwd=Path.cwd())
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_packages_data_and_type_markers_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"pricing", "planner"}
    assert {
        "pricing/py.typed",
        "planner/py.typed",
        "pricing/books/2026-07-24.yaml",
        "planner/schema/scenario.schema.json",
    } <= set(names)
    assert "planner/samples/marketplace-catalogue.yaml" in names


def test_an_empty_environment_plans_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Installed into a new environment, run in an empty folder: the packaged sample and a file of one's own."""
    _run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    _run(UV, "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    (tmp_path / "mine.yaml").write_text(Path("scenarios/solo-founder.yaml").read_text())
    elsewhere = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    bursar = tmp_path / "venv/bin/bursar"
    plan = json.loads(_run(bursar, "plan", "mine.yaml", "--format", "json", cwd=tmp_path, env=elsewhere))
    assert plan["totals"]["drawn"] == "1000.00"
    assert "Credits last until" in _run(bursar, "demo", cwd=tmp_path, env=elsewhere)
    assert _run(bursar, "--version", cwd=tmp_path, env=elsewhere).startswith("bursar ")


def _run(*command: object, cwd: Path, env: dict[str, str] | None = None) -> str:
    ran = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
