"""Bugs planted in the ledger on PostgreSQL; the rules it shares with the others are broken in `mutants`."""

from tests.mutating import Mutant, tests_in

_SQL = "planner/guard/ledger/postgres/sql"
_FAULTS = "tests/test_guard_postgres_faults.py"
_TIME = "tests/test_guard_ledger_time.py"

POSTGRES = (
    Mutant(
        "windows-are-read-without-a-lock",
        f"{_SQL}/2_holding.sql",
        "ORDER BY windows.id FOR UPDATE OF windows\n",
        "ORDER BY windows.id\n",
        "two calls at once are both granted the last of a budget",
        tests_in("tests/test_guard_postgres.py", "test_two_at_once_after_the_last_dollar_are_one_hold"),
    ),
    Mutant(
        "a-key-is-looked-up-before-the-lock-alone",
        f"{_SQL}/2_holding.sql",
        "    IF FOUND THEN\n        RETURN replay(known, p_names, p_amounts, p_ceilings);\n    END IF;\n    RETURN refuse",
        "    RETURN refuse",
        "a repeated hold is refused because of the money it holds itself",
        tests_in(
            "tests/test_guard_postgres.py",
            "test_two_at_once_after_the_last_dollar_are_one_hold",
        ),
    ),
    Mutant(
        "an-early-lease-is-swept-by-nobody",
        f"{_SQL}/2_holding.sql",
        "seq = ledger.seq + 1, swept = least(swept, until - 1)",
        "seq = ledger.seq + 1, swept = swept",
        "a hold whose lease ends before the last sweep stays open for ever",
        tests_in(_TIME, "test_a_caller_whose_clock_is_slow_has_a_lease_that_ends[postgres]"),
    ),
    Mutant(
        "one-sweep-is-all",
        f"{_SQL}/4_upkeep.sql",
        "    IF NOT is_overdue(p_at) THEN\n        UPDATE ledger SET swept = greatest(swept, p_at);\n    END IF;\n",
        "    UPDATE ledger SET swept = greatest(swept, p_at);\n",
        "overdue holds beyond the first batch stay open for ever",
        tests_in(_TIME, "test_many_overdue_holds_are_swept_before_one_is_refused[postgres]"),
    ),
    Mutant(
        "a-changed-limit-waits-for-the-next-period",
        f"{_SQL}/4_upkeep.sql",
        "    UPDATE windows SET limit_micros = p_limit WHERE budget = p_name;\n",
        "",
        "a limit that is lowered today counts from the next period on",
        tests_in(
            "tests/test_guard_ledger_conformance.py",
            "test_a_changed_limit_counts_at_once_and_forgets_nothing[postgres]",
        ),
    ),
    Mutant(
        "what-was-given-back-is-still-there",
        f"{_SQL}/3_resolving.sql",
        "        ELSE p_billed END;",
        "        ELSE greatest(0, p_billed - p_hold.amount) END;",
        "a late bill of a released hold is spent twice and is no overrun",
        tests_in(_TIME, "test_a_late_bill_of_a_released_hold_is_an_overrun[postgres]"),
    ),
    Mutant(
        "an-extension-needs-no-room",
        f"{_SQL}/3_resolving.sql",
        "AND more > greatest(limit_micros - settled::numeric - held, nothing)",
        "AND more > greatest(limit_micros - settled::numeric, nothing)",
        "retries take money that other calls hold",
        tests_in(
            "tests/test_guard_ledger_resolve.py",
            "test_a_refused_extension_leaves_the_hold_as_it_was[postgres]",
        ),
    ),
    Mutant(
        "an-answer-does-not-wait-for-the-disk",
        f"{_SQL}/5_verbs.sql",
        """\
    answer := @schema@.end_hold(@schema@.moment(p_at), p_key, p_state, p_billed, p_tags);
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
""",
        """\
    answer := @schema@.end_hold(@schema@.moment(p_at), p_key, p_state, p_billed, p_tags);
    COMMIT;
""",
        "a bill that was counted is forgotten when the server dies",
        tests_in(_FAULTS, "test_a_server_killed_at_any_moment_keeps_what_it_has_answered"),
    ),
    Mutant(
        "entries-can-be-changed",
        f"{_SQL}/1_tables.sql",
        "CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries",
        "CREATE TRIGGER entries_stay BEFORE TRUNCATE ON entries",
        "whoever has the database can rewrite its history",
        tests_in("tests/test_guard_postgres.py", "test_entries_and_holds_stay_even_for_the_owner"),
    ),
    Mutant(
        "an-unnumbered-extension-is-sent-again",
        "planner/guard/ledger/postgres/ledger.py",
        "repeatable=attempt is not None",
        "repeatable=True",
        "an extension whose answer was lost is added twice",
        tests_in(_FAULTS, "test_what_cannot_be_told_from_a_new_request_is_reported_as_unknown"),
    ),
    Mutant(
        "a-lost-answer-is-a-failure",
        "planner/guard/ledger/postgres/asking.py",
        "return not error.late and (repeatable or not error.sent)",
        "return not error.late and not error.sent",
        "a connection that breaks for a moment stops calls that there is money for",
        tests_in(_FAULTS, "test_a_verb_whose_connection_breaks_is_done_once"),
    ),
    Mutant(
        "a-broken-connection-goes-back-to-the-pool",
        "planner/guard/ledger/postgres/asking.py",
        "        except Lost:\n            self._pool.drop(session)\n            raise\n",
        "        except Lost:\n            self._pool.give(session)\n            raise\n",
        "every call after an outage fails first",
        tests_in(_FAULTS),
    ),
    Mutant(
        "the-drivers-words-are-shown",
        "planner/guard/ledger/postgres/asking.py",
        'said = address.masked(_LIBPQ.sub("", str(error)))',
        "said = str(error)",
        "a password stands in the log",
        tests_in("tests/test_guard_postgres.py"),
    ),
    Mutant(
        "a-child-uses-its-parents-connections",
        "planner/guard/ledger/postgres/pool.py",
        "        _inherited.extend(self._idle)\n        self._start()\n",
        "        self._running.set()\n",
        "a forked worker hangs, or reads answers meant for its parent",
        tests_in(
            "tests/test_guard_postgres_processes.py",
            "test_a_fork_while_threads_are_busy_leaves_both_sides_working",
        ),
    ),
)
