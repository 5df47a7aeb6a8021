"""What was typed where a ledger's URL is expected is shown without what may be a secret."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.guard.errors import LedgerError, LedgerUrlError
from planner.guard.ledger import open_ledger
from planner.guard.ledger.urls import plain_url, shown_url
from planner.guard.reading import ledger_files, open_existing, open_to_read, outside
from planner.tui.ledger.words import failed, ledger_name, opening
from tests.support import bursar

BEFORE_A_HOST = (
    "postgresql://u:{}@127.0.0.1:1/db?deadline_s=0.1",
    "postgresql://u:{}@127.0.0.1:1,127.0.0.1:1/db?deadline_s=0.1",
    "postgresql://u%3A{}@127.0.0.1:1/db?deadline_s=0.1",
    "postgresql://u:{}@127.0.0.1:none/db",
    "postgresql://u:{}@[::1/db",
    "postgresql:u:{}@host/db",
    "postgres:/u:{}@host",
    "POSTGRESQL://u:{}@host/db",
    "mysql://u:{}@host:3306/db",
    "jdbc:postgresql://u:{}@host/db",
    "//u:{}@host/db",
    "u:{}@host/db",
    "{}@host/db",
    "dynamodb://AKIAEXAMPLE:{}@table",
    "dynamodb:AKIAEXAMPLE:{}@table",
    "dynamodb://table?region=us-east-1&endpoint_url=http://u:{}@127.0.0.1:1",
    "dynamodb://table?endpoint_url=ftp://u:{}@127.0.0.1:1",
    "sqlite://u:{}@guard.db",
    "sqlite:///u:{}@guard.db",
    "sqlite:///folder/u:{}@host/guard.db",
    "sqlite:u:{}@guard.db",
    "memory://u:{}@host",
)
"""A password as the last thing before an @."""
ELSEWHERE = (
    "host=127.0.0.1 port=1 password={}",
    "password='{}' host=127.0.0.1",
    "postgresql://127.0.0.1:1/db?deadline_s=0.1&password={}",
    "postgresql://127.0.0.1:1/db?deadline_s=0.1&sslpassword={}&nonsense=1",
    "postgresql://127.0.0.1:1?pass%77ord={}&deadline_s=0.1",
    "sqlite:///guard.db?password={}",
    "dynamodb://table?secret={}",
    "dynamodb://table?aws_secret_access_key={}",
    "mysql://host/db?password={}",
    "memory://?password={}",
)
WITHOUT_A_HOST = (
    "postgresql://u:{}",
    "postgresql://u:{}/db",
    "postgresql://u:{}%40host/db",
    "postgresql://u%3A{}%40host/db",
    "dynamodb://AKIAEXAMPLE:{}",
    "mysql://u:{}",
    "memory://u:{}",
    "sqlite://u:{}",
)
"""Where an @ of the password's own would be taken for the end of it, and nobody could tell."""

LETTERS = st.text("QXZ", min_size=6, max_size=12)
"""Of which no word of a message consists."""
SECRETS = st.lists(LETTERS, min_size=1, max_size=3).flatmap(
    lambda parts: st.lists(
        st.sampled_from(["@", "/", ":", "?", "#", "&", "=", " ", "%2F", "%40", ";", "'"]),
        min_size=len(parts) - 1,
        max_size=len(parts) - 1,
    ).map(lambda signs: "".join(map("".join, zip(parts, [*signs, ""], strict=True))))
)
URLS = st.one_of(
    st.tuples(st.sampled_from(BEFORE_A_HOST + ELSEWHERE), SECRETS),
    st.tuples(st.sampled_from(WITHOUT_A_HOST), LETTERS),
)


def leaks(secret: str, said: str) -> list[str]:
    """The runs of six characters of the secret that stand in the text."""
    runs = {secret[start : start + 6] for start in range(len(secret) - 5)}
    return [run for run in runs if run in said]


@settings(deadline=None, max_examples=400)
@given(URLS)
def test_no_part_of_a_secret_is_shown(made: tuple[str, str]) -> None:
    template, secret = made
    url = template.format(secret)
    said = [shown_url(url), plain_url(url), ledger_name(url), str(opening(url)), str(failed(url, ""))]
    assert leaks(secret, " ".join(said)) == []


ASKED: tuple[Callable[[str], object], ...] = (
    open_ledger,
    open_to_read,
    open_existing,
    ledger_files,
    lambda url: outside(url).make(url),
    lambda url: outside(url).roles(url),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=URLS)
def test_no_message_of_a_ledger_that_cannot_be_opened_shows_a_secret(
    made: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the screen that tells of it. No address answers, and no AWS keys are there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    template, secret = made
    url = template.format(secret)
    said = []
    for ask in ASKED:
        with suppress(OSError):
            try:
                ask(url)
            except LedgerError as error:
                said += [str(error), str(failed(url, str(error)))]
    assert said
    assert leaks(secret, " ".join(said)) == []


COMMANDS: tuple[Callable[[str], tuple[str, ...]], ...] = (
    lambda url: ("guard", "status", "--ledger", url),
    lambda url: ("guard", "status", url),
    lambda url: ("guard", url),
    lambda url: ("guard", "export", "--ledger", url),
    lambda url: ("guard", "copy", url, "memory://"),
    lambda url: ("guard", "copy", "sqlite:///there.db", url),
    lambda url: ("guard", "merge", url, "--ledger", "memory://"),
    lambda url: ("guard", "merge", "sqlite:///there.db", "--ledger", url),
    lambda url: ("guard", "init-ledger", url),
    lambda url: ("guard", "init-ledger", "--roles", url),
    lambda url: ("guard", "migrate", url),
    lambda url: ("guard", "reconcile", "--ledger", "sqlite:///there.db", "--endpoint", url),
    lambda url: (url,),
    lambda url: ("--leger", url),
    lambda url: (f"--leger={url}",),
    lambda url: ("--ledger", "sqlite:///there.db", url),
)


@pytest.mark.parametrize("template", [*BEFORE_A_HOST, *ELSEWHERE, *WITHOUT_A_HOST])
def test_no_command_repeats_a_secret(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    open_ledger("sqlite:///there.db").close()
    secret = "HUSHHUSHHUSH"  # noqa: S105 - of nobody
    url = template.format(secret)
    for command in COMMANDS:
        ran = bursar(capsys, *command(url))
        assert "HUSH" not in ran.out + ran.err, command(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://u:hush@part@host/db",
            "'postgresql://***@host/db': cannot be read; in a user name or password write @ as %40, / as %2F, ",
        ),
        ("postgresql://u:hu/sh@host/db", "'postgresql://***@host/db': cannot be read; in a user name or"),
        ("postgresql://u:hu?sh@host/db", "'postgresql://***@host/db': cannot be read; in a user name or"),
        ("postgresql://u:hush", "'postgresql://u:***': its host or port cannot be one; write postgresql://"),
        (
            "sqlite:///u:hush@x",
            "a sqlite:// URL takes no user and no password; in the name of a file write @",
        ),
        (
            "dynamodb://key:hush@table",
            "'dynamodb://***@table' names no table; write dynamodb://bursar-ledger",
        ),
    ],
)
def test_a_password_that_cuts_a_url_in_pieces_is_told_how_to_be_written(url: str, said: str) -> None:
    with pytest.raises(LedgerUrlError) as raised:
        open_ledger(url)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("slqite:///var/guard.db", "slqite:///var/guard.db"),
        ("postgresql://ana:hush@one:5433,two/db?schema=mine", "postgresql://***@one:5433,two/db…"),
        ("postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"),
        ("postgresql:u:hush@host/db", "postgresql:***@host/db"),
        ("host=h password=hush", "host…"),
        ("password=hu@sh host=h", "***@"),
        ("dynamodb://" + "t" * 100, "dynamodb://" + "t" * 68 + "…"),
        ("a\x1b[2J", "a\\x1b[2J"),
    ],
)
def test_what_cannot_be_a_secret_is_shown(url: str, shown: str) -> None:
    assert plain_url(url) == shown


def test_the_engines_are_named_where_a_url_names_none() -> None:
    for ask in (open_ledger, open_to_read):
        with pytest.raises(LedgerUrlError) as raised:
            ask("redis://cache:6379")
        assert str(raised.value) == (
            "'redis://cache:6379' names no ledger; use sqlite:///guard.db, postgresql://user@host/database, "
            "dynamodb://table?region=us-east-1, or memory:// to try things out"
        )
