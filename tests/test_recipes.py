"""The README's recipes for Lambda and for containers, run as they are written: each call or worker a process of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planner.cli import main
from planner.guard.ledger import open_ledger
from planner.guard.local_bedrock import LocalBedrock
from tests import dynamodb_local
from tests.ledger_engines import check_history, usd
from tests.pgbouncer import bouncer_before
from tests.postgres_server import PostgresServer, binary, server_user

README = Path("README.md").resolve()
ROOT = Path(__file__).parents[1]

INVOKE = """
import json, sys
from lambda_function import handler
print(json.dumps(handler(json.loads(sys.argv[1]), None)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The function's package: the README's files, with a budget of 20 cents instead of $200."""
    text = README.read_text("utf-8")
    (budgets,) = re.findall(r"<!-- file: budgets.yaml -->\n```yaml\n(.*?)```\n", text, re.DOTALL)
    assert "limit_usd: 200," in budgets
    (tmp_path / "budgets.yaml").write_text(budgets.replace("limit_usd: 200,", "limit_usd: 0.20,"), "utf-8")
    for name, file in (("lambda", "lambda_function.py"), ("container", "worker.py")):
        (code,) = re.findall(rf"<!-- test: {name} -->\n```python\n(.*?)```\n", text, re.DOTALL)
        (tmp_path / file).write_text(code, "utf-8")
    return tmp_path


@pytest.fixture
def bedrock() -> Iterator[LocalBedrock]:
    with LocalBedrock() as bedrock:
        yield bedrock


def _environment(bedrock: LocalBedrock, ledger: str, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "BURSAR_LEDGER": ledger,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **more,
    }


def _check_spent(ledger: str, bedrock: LocalBedrock) -> None:
    """Five pictures of four cents are 20 cents, whoever asked for more."""
    assert (bedrock.billed.images, bedrock.billed.micros) == (5, usd("0.2"))
    with open_ledger(ledger) as opened:
        status = opened.status("images")
        assert (status.settled, status.held, status.overrun) == (bedrock.billed.micros, 0, 0)
        check_history(opened)


def test_the_lambda_recipe_spends_its_budget_over_cold_calls_to_the_cent(
    folder: Path, bedrock: LocalBedrock
) -> None:
    """Seven functions, three at a time, each in a fresh process; two of them are told that there is no more."""
    ledger = f"{dynamodb_local.new_table()}&deadline_s=120"

    def call(number: int) -> dict[str, object]:
        event = json.dumps({"prompt": f"shoe {number}"})
        command = [sys.executable, "-c", INVOKE, event]
        environment = _environment(bedrock, ledger)
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        answer: dict[str, object] = json.loads(ran.stdout)
        return answer

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(call, range(7)))
    assert sorted(str(answer["statusCode"]) for answer in answers) == ["200"] * 5 + ["429"] * 2
    assert all(
        len(json.loads(str(each["body"]))["images"]) == 1 for each in answers if each["statusCode"] == 200
    )
    refused = next(str(answer["body"]) for answer in answers if answer["statusCode"] == 429)
    assert "nothing was sent" in refused
    _check_spent(ledger, bedrock)


# Containers


BOUNCER = """
[databases]
postgres = host=127.0.0.1 port={{server}}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {{port}}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {place}/users
client_tls_sslmode = require
client_tls_key_file = {place}/tls.key
client_tls_cert_file = {place}/tls.crt
pool_mode = transaction
default_pool_size = 3
"""
"""Lets the application in with its password, and over TLS alone."""


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def bouncer(server: PostgresServer) -> Iterator[int]:
    """A PgBouncer in transaction mode, with a certificate for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this machine to make a certificate")
    place = server.place
    files = [place / name for name in ("tls.key", "tls.crt", "users")]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    made = subprocess.run([*command, "-keyout", files[0], "-out", files[1]], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    files[2].write_text('"image_service" "a secret"\n')
    for file in files:
        file.chmod(0o600)
        if user := server_user():
            shutil.chown(file, user)
    with bouncer_before(server, BOUNCER.format(place=place)) as port:
        yield port


def test_the_container_recipe_shares_a_budget_among_workers(
    folder: Path,
    bedrock: LocalBedrock,
    server: PostgresServer,
    bouncer: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The owner makes ledger and roles; three workers, which may call the verbs alone, log in with a password over TLS, by way of PgBouncer."""
    owner = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    assert main(["guard", "init-ledger", owner]) == 0
    capsys.readouterr()
    assert main(["guard", "init-ledger", "--roles", owner]) == 0
    roles = capsys.readouterr().out
    login = "CREATE ROLE image_service LOGIN PASSWORD 'a secret';\n"
    script = f"{roles}\n{login}GRANT bursar_guard TO image_service;\n"
    psql = [str(binary("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", owner]
    ran = subprocess.run(psql, input=script, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    passwords = folder / "pgpass"
    passwords.write_text(f"127.0.0.1:{bouncer}:postgres:image_service:a secret\n")
    passwords.chmod(0o600)
    address = f"postgresql://image_service@127.0.0.1:{bouncer}/postgres"
    trusted = server.place / "tls.crt"
    ledger = f"{address}?sslmode=verify-full&sslrootcert={trusted}&pool_size=2&deadline_s=60"
    environment = _environment(bedrock, ledger, PGPASSFILE=str(passwords))

    def work(number: int) -> list[dict[str, object]]:
        jobs = [{"id": f"{number}-{job}", "prompt": "shoe", "tenant": "acme"} for job in range(4)]
        lines = "".join(f"{json.dumps(job)}\n" for job in jobs)
        ran = subprocess.run(
            [sys.executable, "worker.py"],
            input=lines,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "a secret" not in ran.stderr + ran.stdout
        return [json.loads(line) for line in ran.stdout.splitlines()]

    with ThreadPoolExecutor(3) as pool:
        answers = [answer for answers in pool.map(work, range(3)) for answer in answers]
    assert len(answers) == 12
    assert sum("bytes" in answer for answer in answers) == 5
    assert {answer["refused"] for answer in answers if "refused" in answer} == {"images"}
    _check_spent(owner, bedrock)
