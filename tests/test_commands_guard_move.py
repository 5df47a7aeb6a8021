"""`bursar guard copy` and `merge`, as an operator types them."""

import time
from pathlib import Path

import pytest

from planner.cli import main
from planner.guard.ledger import open_ledger
from planner.guard.ledger.outage.spooling import SpoolingLedger
from tests import dynamodb_local
from tests.ledger_engines import usd


@pytest.fixture
def source(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/source.db"
    with open_ledger(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("0.4"), ["b"])
        ledger.settle("k", usd("0.3"))
    return url


def test_a_ledger_is_copied_and_copied_on(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second run brings what has happened since; a third finds nothing to do."""
    target = f"sqlite:///{tmp_path}/target.db"
    assert main(["guard", "copy", source, target]) == 0
    assert capsys.readouterr().out == "copied 3 entries; the target has all 3 and adds up\n"
    with open_ledger(source) as ledger:
        ledger.hold("l", usd("0.2"), ["b"])
    assert main(["guard", "copy", source, target]) == 0
    assert capsys.readouterr().out == "copied 1 entries; the target has all 4 and adds up\n"
    assert main(["guard", "copy", source, target]) == 0
    with open_ledger(target) as ledger:
        assert (ledger.status("b").settled, ledger.status("b").held) == (usd("0.3"), usd("0.2"))


def test_a_file_is_copied_into_a_table(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From the laptop to the shared ledger."""
    target = dynamodb_local.new_table()
    assert main(["guard", "copy", source, target]) == 0
    with open_ledger(target) as ledger:
        assert ledger.status("b").settled == usd("0.3")


@pytest.mark.parametrize(
    ("source_name", "said"),
    [("target.db", "are the same ledger"), ("nothing.db", "there is no ledger here")],
)
def test_what_cannot_be_copied_is_said_in_a_line(
    source_name: str, said: str, tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = f"sqlite:///{tmp_path}/target.db"
    assert main(["guard", "copy", f"sqlite:///{tmp_path}/{source_name}", target]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_target_with_its_own_history_is_refused(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = f"sqlite:///{tmp_path}/target.db"
    with open_ledger(target) as ledger:
        ledger.define("mine", usd("1"), "lifetime")
    assert main(["guard", "copy", source, target]) == 2
    assert "entry 1 of the target is not the source's" in capsys.readouterr().err


def test_a_journal_is_merged_by_hand(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a machine that is gone, written by a version that did not say whose it is: its calls count, once."""
    journal = f"sqlite:///{tmp_path}/journal.db"
    with open_ledger(journal) as ledger:
        ledger.define("b", usd("0.5"), "lifetime")
        ledger.hold("j", usd("0.2"), ["b"])
        ledger.settle("j", usd("0.1"))
    assert main(["guard", "merge", journal, "--ledger", source]) == 2
    assert "add --adopt" in capsys.readouterr().err
    for said in (
        "merged 2 entries of the journal: $0.10 of budget b (lifetime)\n",
        "merged 0 entries of the journal\n",
    ):
        assert main(["guard", "merge", journal, "--adopt", "--ledger", source]) == 0
        assert capsys.readouterr().out == said
    with open_ledger(source) as ledger:
        assert ledger.status("b").settled == usd("0.4")
    assert main(["guard", "status", "--ledger", journal]) == 0
    assert "This is a journal of sqlite:///" in (out := capsys.readouterr().out)
    assert "all of it is merged" in out


def test_a_journal_is_merged_into_its_own_ledger_alone(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another ledger, an empty one, an ordinary one for a journal: one line each, and nothing is written."""
    journal, other = f"sqlite:///{tmp_path}/journal.db", f"sqlite:///{tmp_path}/other.db"
    SpoolingLedger(source, journal, time.time).close()
    with open_ledger(journal) as ledger:
        ledger.define("b", usd("0.5"), "lifetime")
        ledger.hold("j", usd("0.2"), ["b"])
    open_ledger(other).close()
    assert main(["guard", "merge", journal, "--ledger", other]) == 2
    assert "is an empty ledger" in capsys.readouterr().err
    with open_ledger(other) as ledger:
        ledger.define("b", usd("9"), "lifetime")
    assert main(["guard", "merge", journal, "--ledger", other]) == 2
    assert "nothing was merged: give --ledger the one it belongs to" in capsys.readouterr().err
    assert main(["guard", "merge", source, "--ledger", other]) == 2
    assert "does not say that it is a journal of" in capsys.readouterr().err
    assert main(["guard", "merge", source, "--ledger", source]) == 2
    assert "is the ledger itself" in capsys.readouterr().err
    with open_ledger(other) as ledger:
        assert [entry.kind for entry in ledger.entries()] == ["define"]
    assert main(["guard", "status", "--ledger", journal]) == 0
    assert "$0.20 of budget b (lifetime) is not merged" in capsys.readouterr().out
    assert main(["guard", "merge", journal, "--ledger", source]) == 0
    assert capsys.readouterr().out == "merged 1 entries of the journal: $0.20 of budget b (lifetime)\n"


def test_stacks_are_printed_for_tables_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked of AWS for it."""
    url = "dynamodb://ledger?region=us-east-1"
    assert main(["guard", "init-ledger", "--print", "terraform", url]) == 0
    assert 'resource "aws_dynamodb_table" "ledger"' in capsys.readouterr().out
    assert main(["guard", "init-ledger", "--print", "cloudformation", url]) == 0
    assert '"AWS::DynamoDB::Table"' in capsys.readouterr().out
    assert main(["guard", "init-ledger", "--print", "terraform", "sqlite:///x.db"]) == 2
    assert "--print is for a ledger in DynamoDB" in capsys.readouterr().err
