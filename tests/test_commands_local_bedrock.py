"""`bursar local-bedrock`: what it says, how it stops, and what it refuses."""

import argparse
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from planner.commands import BadUsage
from planner.commands.local_bedrock import add_arguments, run
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.script import read_script
from pricing.errors import UnknownBook
from pricing.problems import Invalid
from tests.bodies import CORE, NOVA
from tests.endpoint import ONCE, Client

SERVE = (
    "import argparse, sys; from planner.commands import local_bedrock as c; p = argparse.ArgumentParser();"
    "c.add_arguments(p); sys.exit(c.run(p.parse_args()))"
)


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and what it said before the first request."""
    command = [sys.executable, "-c", SERVE, "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = ""
        while "curl" not in said or not said.endswith("\n\n"):
            said += process.stderr.readline()
        yield process, said
    finally:
        process.kill()
        process.communicate()


def client_as_told(said: str, config: Config | None = None) -> Client:
    """A client made with the very expression that the command prints."""
    found = re.search(r"boto3\.client\((.*)\)", said)
    assert found is not None
    service, *options = found.group(1).split(", ")
    named = (option.partition("=") for option in options)
    return boto3.client(
        service.strip('"'), config=config, **{name: text.strip('"') for name, _, text in named}
    )


def parsed(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(options)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_each_request_and_the_totals_at_the_end(stop: signal.Signals, tmp_path: Path) -> None:
    """One throttled request, then an image of Core; whichever way it is stopped, it ends well."""
    faults = tmp_path / "faults.yaml"
    faults.write_text("faults: [{fault: throttle}]\n")
    with serving("--faults", str(faults)) as (process, said):
        client = client_as_told(said, ONCE)
        with pytest.raises(ClientError, match="Throttling"):
            client.invoke_model(modelId=CORE, body=b'{"prompt": "a"}')
        client.invoke_model(modelId=CORE, body=b'{"prompt": "a"}')
        process.send_signal(stop)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err.splitlines() == [
        "stability.stable-image-core-v1:1  TEXT_IMAGE           0 images    $0.00  ThrottlingException",
        "stability.stable-image-core-v1:1  TEXT_IMAGE            1 image    $0.04  ok",
    ]
    assert out.splitlines() == [
        "requests  2 (1 ThrottlingException, 1 ok)",
        "billed    1 image, $0.04",
        "          1 image, $0.04  stability.stable-image-core-v1:1 any us-west-2",
    ]


def test_the_environment_it_prints_is_enough_for_any_client() -> None:
    with serving("--region", "us-east-1") as (_, said):
        exported = next(line for line in said.splitlines() if "export" in line).partition("export ")[2]
        call = (
            "import boto3; c = boto3.client('bedrock-runtime');"
            f'c.invoke_model(modelId={NOVA!r}, body=b\'{{"taskType": "TEXT_IMAGE", "textToImageParams": {{"text": "a"}}}}\')'
        )
        given = dict(each.split("=", 1) for each in exported.split())
        subprocess.run([sys.executable, "-c", call], env={**os.environ, **given}, check=True)


def test_a_model_past_its_end_of_life_is_named_in_the_log() -> None:
    with serving("--region", "us-east-1") as (process, said):
        client_as_told(said).invoke_model(
            modelId=NOVA, body=b'{"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "a"}}'
        )
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert "ok (past end of life: AWS stopped answering by 2026-09-30)" in err


def test_a_port_already_taken_is_one_clear_line() -> None:
    with LocalBedrock() as local:
        port = local.url.rpartition(":")[2]
        with pytest.raises(BadUsage, match=rf"cannot listen on 127.0.0.1:{port}: .*in use; choose another"):
            run(parsed("--port", port))


def test_what_cannot_be_used_is_refused_before_it_listens(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("faults: [{fault: throtle}]\n")
    with pytest.raises(Invalid, match="did you mean throttle"):
        run(parsed("--faults", str(faults)))
    with pytest.raises(BadUsage, match="did you mean us-west-2"):
        run(parsed("--region", "us-west2"))
    with pytest.raises(UnknownBook):
        run(parsed("--price-book", "1999-01-01"))


@pytest.mark.parametrize(
    "options",
    [("--port", "65536"), ("--port", "x"), ("--latency", "2-1"), ("--latency", "soon"), ("--as-of", "x")],
)
def test_an_option_out_of_range_is_a_usage_error(
    options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(*options)
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_the_script_in_the_help_is_one_that_can_be_read(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    shown = parser.format_help()
    script = tmp_path / "shown.yaml"
    script.write_text(dedent(shown[shown.index("  latency_s") : shown.index("faults: ok")]))
    assert len(read_script(str(script)).faults) == 5
