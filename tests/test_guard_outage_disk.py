"""`ledger_down: allow` with a ledger in a file: a full disk sends nothing that is not held somewhere."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.guard.errors import GuardError, LedgerFileError
from planner.guard.guard import Guard
from planner.guard.ledger import open_ledger
from planner.guard.ledger.outage import open_for_guard
from planner.guard.ledger.outage.spooling import SpoolingLedger
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.client import new_client
from planner.scenario import Policy
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests.guarding import CENT, CORE, budget, stability
from tests.ledger_engines import check_history, usd


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _calls(ledger: str, journal: str, bedrock: LocalBedrock) -> tuple[int, list[str]]:
    """400 calls: how many were answered, and what the others were told."""
    answered, told = 0, []
    guard = Guard.from_policy(
        [budget("1000")],
        policy=Policy(ledger_down="allow"),
        ledger=ledger,
        journal=journal,
        price_overrides=[CENT],
    )
    client = new_client(bedrock.url, "us-west-2")
    guard.attach(client)
    for _ in range(400):
        try:
            client.invoke_model(modelId=CORE, body=stability())
            answered += 1
        except GuardError as error:
            told.append(str(error))
    client.close()
    guard.close()
    return answered, told


def test_with_the_journal_on_the_same_full_disk_nothing_goes_out_unheld(small_disk: Path) -> None:
    """Every image that was billed is in the ledger or in the journal, at its price or more."""
    ledger, journal = f"sqlite:///{small_disk}/guard.db", f"sqlite:///{small_disk}/j.db"
    with LocalBedrock(with_overrides(load_book(), (CENT,))) as bedrock:
        answered, told = _calls(ledger, journal, bedrock)
        assert 0 < answered < 400
        assert any("its journal cannot stand in" in text for text in told)
        assert bedrock.billed.images == answered
        billed = bedrock.billed.micros
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    with open_for_guard(ledger, time.time, allow_down=False, journal=journal) as opened:
        status = opened.status("b")
        assert (status.exposure, status.overrun) >= (billed, 0)
        assert status.exposure - billed <= usd("0.05")
        check_history(opened)


def test_with_the_journal_elsewhere_calls_go_on_and_are_merged(small_disk: Path, tmp_path: Path) -> None:
    """All 400 answered; with room on the disk again the ledger has every one of them once."""
    ledger, journal = f"sqlite:///{small_disk}/guard.db", f"sqlite:///{tmp_path}/j.db"
    with LocalBedrock(with_overrides(load_book(), (CENT,))) as bedrock:
        answered, told = _calls(ledger, journal, bedrock)
        assert (answered, told) == (400, [])
        assert bedrock.billed.micros == usd("4")
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    with open_for_guard(ledger, time.time, allow_down=False, journal=journal) as opened:
        status = opened.status("b")
        assert (status.settled, status.held, status.overrun) == (usd("4"), 0, 0)
        check_history(opened)


def test_a_ledger_in_a_file_has_its_journal_beside_it(tmp_path: Path) -> None:
    """Unless it is given one, so that two ledgers of a folder do not share any."""
    for name in ("guard", "other"):
        with open_for_guard(f"sqlite:///{tmp_path}/{name}.db", time.time, allow_down=True) as ledger:
            assert isinstance(ledger, SpoolingLedger)
        assert (tmp_path / f"{name}-journal.db").exists()
        open_ledger(f"sqlite:///{tmp_path}/{name}.db").close()


def test_a_file_that_cannot_be_is_no_outage(tmp_path: Path) -> None:
    """The guard does not start, as under block."""
    with pytest.raises(LedgerFileError, match="its directory does not exist"):
        open_for_guard(
            f"sqlite:///{tmp_path}/nowhere/guard.db",
            time.time,
            allow_down=True,
            journal=f"sqlite:///{tmp_path}/j.db",
        )


def test_a_guard_that_blocks_leaves_another_ledgers_journal_alone(tmp_path: Path) -> None:
    """It has no use for it; what is in it stays for the ledger it belongs to."""
    journal, theirs = f"sqlite:///{tmp_path}/j.db", f"sqlite:///{tmp_path}/theirs.db"
    with open_for_guard(theirs, time.time, allow_down=True, journal=journal) as ledger:
        ledger.define("b", usd("1"), "lifetime")
    with open_ledger(journal) as spooled:
        spooled.define("b", usd("1"), "lifetime")
        spooled.hold("k", usd("0.2"), ["b"])
    with open_for_guard(
        f"sqlite:///{tmp_path}/mine.db", time.time, allow_down=False, journal=journal
    ) as ledger:
        assert ledger.budgets() == ()
    with open_for_guard(theirs, time.time, allow_down=False, journal=journal) as ledger:
        assert ledger.status("b").held == usd("0.2")
        assert ledger.find("k").tags == {"journal": "j.db"}
