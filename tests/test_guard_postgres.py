"""The PostgreSQL ledger's own affairs: where it is, who may do what, what it says when something is wrong."""
# ruff: noqa: S608 - the only names in these statements are the tests' own schemas

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from planner.guard.errors import LedgerError, LedgerUnavailable, LedgerUnusable, LedgerUrlError
from planner.guard.ledger import Held, Ledger, Mismatch, Refused, open_ledger
from planner.guard.ledger.postgres.address import parse_url
from planner.guard.ledger.postgres.schema import role_script
from planner.guard.reading import open_existing, open_to_read
from pricing.money import LARGEST, Micros
from tests.faulty_proxy import proxy_to
from tests.ledger_engines import Clock, check_history, counters, usd
from tests.postgres_server import PostgresServer, new_ledger, new_schema, shared_server
from tests.support import bursar

ROOT = Path(__file__).parents[1]
SECRET = "s3cr%2Ft"  # noqa: S105 - of nobody


@pytest.fixture
def schema() -> str:
    return new_schema()


@pytest.fixture
def name(schema: str) -> str:
    """The schema's name in SQL."""
    return schema.partition("=")[2]


@pytest.fixture
def ledger(schema: str) -> Iterator[Ledger]:
    """$10 a month and $3 a day, in the schema."""
    with open_ledger(shared_server().url(schema), clock=Clock()) as ledger:
        ledger.define("month", usd("10"), "month")
        ledger.define("day", usd("3"), "day")
        yield ledger


def run(script: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


# One round trip


def test_a_verb_is_one_round_trip(schema: str, ledger: Ledger) -> None:
    with (
        proxy_to(shared_server().port) as proxy,
        open_ledger(shared_server().url(schema, port=proxy.port)) as far,
    ):
        far.hold("first", Micros(1), ["month", "day"])
        before = proxy.turns, proxy.connections
        for number in range(20):
            far.hold(f"h{number}", Micros(1), ["month", "day"])
            far.settle(f"h{number}", Micros(1))
        assert (proxy.turns - before[0], proxy.connections - before[1]) == (40, 0)
        far.status("month")
        assert proxy.turns - before[0] == 41


def test_nothing_is_kept_in_a_session(ledger: Ledger) -> None:
    """What PgBouncer cannot carry from one connection to the next."""
    ledger.hold("a", usd("1"), ["month"])
    assert shared_server().execute("SELECT count(*) FROM pg_prepared_statements") == [(0,)]
    assert shared_server().execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


# Where it is


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            f"postgresql://ana:{SECRET}@host/db?nonsense=1",
            "the postgresql:// URL cannot be read: write postgresql://user@",
        ),
        (f"postgresql://ana:{SECRET}@host/%zz", "the postgresql:// URL cannot be read"),
        (f"postgresql://ana:{SECRET}@[::1/db", "the postgresql:// URL cannot be read"),
        ("postgresql://host/db?schema=My-Schema", "schema='My-Schema' is no schema of a ledger"),
        ("postgresql://host/db?schema=pg_catalog", "schema='pg_catalog' is no schema of a ledger"),
        ("postgresql://host/db?deadline_s=soon", "deadline_s='soon' is not a number from 0.1 to 600"),
        ("postgresql://host/db?pool_size=0", "pool_size='0' is not a number from 1 to 1000"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_without_its_password(url: str, message: str) -> None:
    with pytest.raises(LedgerUrlError) as raised:
        open_ledger(url)
    assert str(raised.value).startswith(message)
    assert "s3cr" not in str(raised.value)


def test_a_place_is_shown_without_secrets() -> None:
    address = parse_url(
        f"postgresql://ana:{SECRET}@one:5433,two/db?schema=mine&sslpassword=hush&deadline_s=2"
    )
    assert str(address) == "postgresql://ana@one:5433,two/db?schema=mine"
    assert "s3cr" not in repr(address) + str(address) and "hush" not in repr(address)
    assert address.masked("password s3cr/t is\nwrong, hush \x1b[2J") == "password *** is wrong, *** \\x1b[2J"
    assert (address.deadline_s, address.pool_size) == (2.0, 8)


def test_no_error_of_a_server_that_is_not_there_shows_the_password() -> None:
    for url in (
        f"postgresql://ana:{SECRET}@127.0.0.1:1/db",
        f"postgres://ana:{SECRET}@no.such.host.invalid/db",
    ):
        with pytest.raises(LedgerUnavailable, match="cannot be reached") as raised:
            open_ledger(url)
        assert "s3cr" not in str(raised.value) and raised.value.__cause__ is None
        assert "\n" not in str(raised.value)


def test_a_database_or_a_role_that_is_not_there_is_named() -> None:
    server = shared_server()
    with pytest.raises(LedgerUnusable, match="has no such database; create it first"):
        open_ledger(f"postgresql://postgres@127.0.0.1:{server.port}/nowhere")
    with pytest.raises(LedgerUnusable, match="refuses this user"):
        open_ledger(server.url(user="nobody_here"))


def test_a_unix_socket_serves_as_well() -> None:
    with open_ledger(shared_server().socket_url(), clock=Clock()) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        assert isinstance(ledger.hold("a", usd("1"), ["b"]), Held)


def test_what_libpq_finds_elsewhere_need_not_be_in_the_url(tmp_path: Path, schema: str) -> None:
    """Host, port and user from the environment or a service file; a password from a file only its owner can read."""
    server, script = (
        shared_server(),
        "import sys; from planner.guard.ledger import open_ledger; print(open_ledger(sys.argv[1]).budgets())",
    )
    role = f"pw_{schema.partition('=')[2]}"
    server.execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'hush'")
    (tmp_path / "pass").write_text(f"127.0.0.1:{server.port}:postgres:{role}:hush\n")
    (tmp_path / "pass").chmod(0o600)
    (tmp_path / "services").write_text(
        f"[ours]\nhost=127.0.0.1\nport={server.port}\nuser={role}\ndbname=postgres\n"
    )
    common = {"PGPASSFILE": str(tmp_path / "pass")}
    by_variables = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": role,
        "PGDATABASE": "postgres",
    }
    for url, more in (
        (f"postgresql:///?{schema}", by_variables),
        (f"postgresql:///?service=ours&{schema}", {"PGSERVICEFILE": str(tmp_path / "services")}),
    ):
        ran = run(script, url, **common, **more)
        assert (ran.stdout, ran.stderr) == ("()\n", "")


# The schema


def test_many_that_open_a_new_ledger_at_once_make_it_once(schema: str) -> None:
    url = shared_server().url(schema)
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(lambda _: open_ledger(url, clock=Clock()), range(8)))
    ledgers[0].define("b", usd("1"), "lifetime")
    assert all(ledger.budgets() == ("b",) for ledger in ledgers)
    for ledger in ledgers:
        ledger.close()


def test_a_newer_ledger_is_left_alone(schema: str, name: str, ledger: Ledger) -> None:
    shared_server().execute(f"UPDATE {name}.ledger SET version = 99")
    with pytest.raises(
        LedgerUnusable, match=r"was written by a newer Bursar \(version 99, not 1\); upgrade bursar"
    ):
        open_ledger(shared_server().url(schema))


def test_a_ledger_that_is_taken_away_says_how_to_make_it(name: str, ledger: Ledger) -> None:
    shared_server().execute(f"DROP SCHEMA {name} CASCADE")
    with pytest.raises(
        LedgerUnusable, match="has no ledger in this schema; run: bursar guard init-ledger URL"
    ):
        ledger.hold("a", usd("1"), ["month"])


def test_entries_and_holds_stay_even_for_the_owner(name: str, ledger: Ledger) -> None:
    ledger.hold("a", usd("1"), ["month"])
    for statement in (
        f"UPDATE {name}.entries SET amount = 0",
        f"DELETE FROM {name}.entries",
        f"TRUNCATE {name}.entries",
        f"DELETE FROM {name}.holds",
    ):
        with pytest.raises(psycopg.Error, match="are never changed or deleted"):
            shared_server().execute(statement)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE windows SET held = 5", [("held of day in 2026-12-05", 5, 1), ("held of month in 2026-12", 5, 1)]),
        ("UPDATE budgets SET limit_micros = 7 WHERE name = 'day'", [("limit of day", 7, 3_000_000), ("limit of day in 2026-12-05", 3_000_000, 7)]),
        ("UPDATE holds SET amount = 2", [("open holds of day in 2026-12-05", 2, 1), ("open holds of month in 2026-12", 2, 1)]),
        ("UPDATE ledger SET seq = 4", [("last entry", 4, 3), ("number of entries", 4, 3)]),
    ],
)  # fmt: skip
def test_what_somebody_changed_by_hand_is_found(
    name: str, ledger: Ledger, change: str, found: list[tuple[str, int, int]]
) -> None:
    ledger.hold("a", Micros(1), ["month", "day"])
    assert ledger.verify() == ()
    shared_server().execute(f"SET search_path = {name}; {change}")
    assert ledger.verify() == tuple(Mismatch(*each) for each in found)


def test_counters_cannot_be_brought_below_zero(name: str, ledger: Ledger) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        shared_server().execute(f"UPDATE {name}.windows SET held = held - 1")


def test_a_bill_that_overflows_a_counter_fails_alone(ledger: Ledger) -> None:
    for key in ("first", "second"):
        ledger.hold(key, Micros(1), ["day"])
    ledger.settle("first", LARGEST)
    with pytest.raises(LedgerUnavailable, match="refused: bigint out of range"):
        ledger.settle("second", LARGEST)
    assert counters(ledger, "day") == (LARGEST, 1, 0, LARGEST - 1)
    check_history(ledger)


# Roles


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[PostgresServer, str]]:
    """A ledger made by its owner, and people of both roles."""
    server, schema = shared_server(), new_schema()
    with open_ledger(server.url(schema), clock=Clock()) as owned:
        owned.define("b", usd("10"), "lifetime")
    server.execute(role_script(schema.partition("=")[2]))
    server.execute("CREATE ROLE app LOGIN IN ROLE bursar_guard")
    server.execute("CREATE ROLE analyst LOGIN IN ROLE bursar_reader")
    server.execute("CREATE ROLE stranger LOGIN")
    yield server, schema


def test_a_guard_role_can_do_every_verb(guarded: tuple[PostgresServer, str]) -> None:
    server, schema = guarded
    clock = Clock()
    with open_ledger(server.url(schema, user="app"), clock=clock) as ledger:
        ledger.define("own", usd("10"), "day")
        ledger.define("own", usd("9"), "day")
        assert isinstance(ledger.hold("a", usd("1"), ["b", "own"]), Held)
        assert isinstance(ledger.extend("a", usd("1"), attempt=2), Held)
        ledger.settle("a", usd("1"))
        ledger.hold("v", usd("1"), ["b"], lease_s=1)
        ledger.void("v")
        ledger.hold("l", usd("1"), ["b"], lease_s=1)
        clock.pass_s(2)
        assert ledger.lapse_due() == 1
        ledger.assume("l", usd("0.5"))
        assert ledger.claim_notice("b", "lifetime", 50)
        ledger.stop("enough", "ana")
        ledger.resume("ana")
        check_history(ledger)


@pytest.mark.parametrize("user", ["app", "analyst"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET amount = 0",
        "DELETE FROM entries",
        "INSERT INTO entries SELECT 99, at, kind, key, amount, held, settled, assumed, overrun, windows, tags FROM entries",
        "UPDATE windows SET settled = 0",
        "UPDATE budgets SET limit_micros = 99",
        "UPDATE ledger SET stopped = NULL",
        "DELETE FROM holds",
        "DROP TABLE notices",
        "CREATE TABLE mine (n integer)",
        "SELECT append_note(0, 'define', 0, '{}', NULL)",
        "ALTER TABLE entries DISABLE TRIGGER entries_stay",
    ],
)
def test_no_role_can_write_but_by_a_verb(
    guarded: tuple[PostgresServer, str], user: str, statement: str
) -> None:
    server, schema = guarded
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction)):
        server.execute(f"SET search_path = {schema.partition('=')[2]}; {statement}", user=user)


def test_functions_with_their_owners_rights_look_nowhere_else(guarded: tuple[PostgresServer, str]) -> None:
    server, schema = guarded
    rows = server.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = "
        f"'{schema.partition('=')[2]}'::regnamespace"
    )
    assert len(rows) == 8
    assert all(
        config[0].replace('"', "") == f"search_path=pg_catalog, {schema.partition('=')[2]}, pg_temp"
        for _, config in rows
        if isinstance(config, list)
    )


def test_a_reader_looks_and_changes_nothing(guarded: tuple[PostgresServer, str]) -> None:
    server, schema = guarded
    with open_to_read(server.url(schema, user="analyst"), clock=Clock()) as view:
        assert "b" in view.budgets() and view.last_seq() >= 1
        assert view.status("b").limit == usd("10")
        assert view.verify() == ()
        with pytest.raises(LedgerUnavailable, match="is open for reading only"):
            view.hold("x", usd("1"), ["b"])
    refused = pytest.raises(LedgerUnusable, match="does not let this user do that; grant it the role")
    with open_existing(server.url(schema, user="analyst")) as ledger, refused:
        ledger.hold("x", usd("1"), ["b"])


def test_a_stranger_is_told_what_is_missing(guarded: tuple[PostgresServer, str]) -> None:
    server, schema = guarded
    with pytest.raises(LedgerUnusable, match="does not let this user do that"):
        open_ledger(server.url(schema, user="stranger"))
    with pytest.raises(
        LedgerUnusable, match="may not make it; run: bursar guard init-ledger URL, as a user who may"
    ):
        open_ledger(server.url(user="stranger"))


# Commands


def test_an_operator_makes_a_ledger_and_hands_out_roles(
    capsys: pytest.CaptureFixture[str], schema: str
) -> None:
    url = shared_server().url(schema)
    place = f"postgresql://postgres@127.0.0.1:{shared_server().port}/postgres?{schema}"
    refused = bursar(capsys, "guard", "status", "--ledger", url)
    assert refused.code == 2
    assert (
        refused.err
        == f"bursar: {place}: has no ledger in this schema; run: bursar guard init-ledger URL, as its owner\n"
    )
    made = bursar(capsys, "guard", "init-ledger", url)
    assert (made.code, made.err) == (0, "")
    assert made.out == f"{place}: made; the ledger is of version 1 in {schema.replace('=', ' ')}\n"
    again = bursar(capsys, "guard", "migrate", url)
    assert again.out == f"{place}: is a ledger of version 1 already; nothing changed\n"
    roles = bursar(capsys, "guard", "init-ledger", url, "--roles")
    assert roles.out == role_script(schema.partition("=")[2])


def test_every_command_works_on_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url = new_ledger()
    with open_ledger(url) as ledger:
        ledger.define("b", usd("10"), "lifetime")
        for key in ("one", "two", "three"):
            ledger.hold(key, usd("1"), ["b"], tags={"sku": "core"})
    there = ("--ledger", url)
    assert bursar(capsys, "guard", "settle", "one", "--usd", "0.5", "--why", "bill", *there).code == 0
    assert bursar(capsys, "guard", "void", "two", "--why", "a 400", *there).code == 0
    assert "b" in bursar(capsys, "guard", "status", *there).out
    assert "three" in bursar(capsys, "guard", "holds", *there).out
    assert "settle" in bursar(capsys, "guard", "tail", *there).out
    assert bursar(capsys, "guard", "verify", *there).code == 0
    assert (
        "one"
        in bursar(capsys, "guard", "export", "-o", str(tmp_path / "calls.csv"), *there).out
        + (tmp_path / "calls.csv").read_text()
    )
    bills = tmp_path / "bills.csv"
    bills.write_text("key,billed_usd\none,0.5\n")
    assert bursar(capsys, "guard", "reconcile", "--billed", str(bills), *there).code == 0
    assert bursar(capsys, "guard", "stop", "--why", "leak", *there).code == 0
    assert "leak" in bursar(capsys, "guard", "status", *there).out
    assert bursar(capsys, "guard", "resume", *there).code == 0
    assert bursar(capsys, "guard", "verify", *there).code == 0


# The driver


def test_the_driver_is_imported_by_who_asks_for_it() -> None:
    script = "import sys, planner.guard.ledger, planner.guard.reading; assert 'psycopg' not in sys.modules; print('light')"
    assert run(script).stdout == "light\n"


def test_a_machine_without_the_driver_is_told_what_to_install() -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from planner.guard.errors import LedgerUrlError\nfrom planner.guard.ledger import open_ledger\n"
        "try:\n    open_ledger('postgresql://host/db')\nexcept LedgerUrlError as error:\n    print(error)\n"
    )
    assert (
        run(script).stdout
        == 'a postgresql:// ledger needs the PostgreSQL driver: pip install "bursar[postgres]"\n'
    )


def test_a_verb_waits_no_longer_than_its_deadline_for_a_lock(schema: str, name: str, ledger: Ledger) -> None:
    """Another program sits on the budgets: it is not known what became of the verb, and the same key is safe to use again."""
    url = shared_server().url(schema, "deadline_s=0.5")
    with psycopg.connect(
        f"host=127.0.0.1 port={shared_server().port} user=postgres dbname=postgres"
    ) as other:
        other.execute(f"SELECT FROM {name}.windows FOR UPDATE".encode())
        with open_ledger(url, clock=Clock()) as impatient, pytest.raises(LedgerError):
            impatient.hold("a", usd("1"), ["month"])
        other.rollback()
    assert isinstance(ledger.hold("a", usd("1"), ["month"]), Held)
    assert counters(ledger, "month") == (0, usd("1"), 0, 0)


@pytest.mark.parametrize(("asked", "answer"), [("a", Held), ("b", Refused)])
def test_two_at_once_after_the_last_dollar_are_one_hold(
    asked: str, answer: type, schema: str, name: str, ledger: Ledger
) -> None:
    """The first asker has the money and has not committed yet: the same key again is that hold, another has no room."""
    ledger.define("month", usd("1"), "month")
    assert ledger.lapse_due() == 0  # else the second asker does this first, and looks at everything again
    address = f"host=127.0.0.1 port={shared_server().port} user=postgres dbname=postgres"
    at = round(Clock()() * 1_000_000)
    grant = f"SELECT {name}.grant_first({at}, 'a', '{{month}}', '{{1000000}}', '{{{LARGEST}}}', 900000000, '{{}}', 'no')"
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
    with psycopg.connect(address) as first, psycopg.connect(address, autocommit=True) as watch:
        first.execute(grant.encode())
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(ledger.hold, asked, usd("1"), ["month"])
            while watch.execute(waits, (f"%{name}%hold_first%",)).fetchone() == (0,):
                assert not second.done()
            first.commit()
            assert isinstance(second.result(), answer)
    assert counters(ledger, "month") == (0, usd("1"), 0, 0)
