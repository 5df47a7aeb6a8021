"""Bugs that could be written into the ledger and the guard by mistake: each one makes a test fail.

`python -m tests.mutants [NAME...]` plants them one at a time in a copy of the tree and runs the tests named with each;
without names, all of them. It fails when one survives, and when the source of one is not found any more.
"""

import sys

from tests.mutating import Mutant, main


def _in(file: str, *tests: str) -> tuple[str, ...]:
    """The ids of tests in a file; the file itself when none is named."""
    return tuple(f"{file}::{test}" for test in tests) or (file,)


# The rules of the ledger

RULES = (
    Mutant(
        "only-the-first-budget-is-checked",
        "planner/guard/bookkeeping.py",
        "    for status in statuses:\n        ceiling =",
        "    for status in list(statuses)[:1]:\n        ceiling =",
        "a call goes out though the second of its budgets is spent",
        _in(
            "tests/test_guard_ledger_conformance.py",
            "test_a_hold_that_one_budget_refuses_touches_no_other",
            "test_a_refusal_names_the_tightest_budget_and_when_it_resets",
        )
        + _in("tests/test_guard_ledger_races.py", "test_the_narrowest_of_several_budgets_decides_a_race"),
    ),
    Mutant(
        "off-by-one-below-the-limit",
        "planner/guard/bookkeeping.py",
        "amount > room and",
        "amount >= room and",
        "the last micro-dollar of a budget can never be spent",
        _in("tests/test_guard_ledger_conformance.py", "test_the_last_micro_can_be_held_and_not_one_more"),
    ),
    Mutant(
        "off-by-one-above-the-limit",
        "planner/guard/bookkeeping.py",
        "amount > room and",
        "amount > room + 1 and",
        "a budget can be overspent by a micro-dollar",
        _in("tests/test_guard_ledger_conformance.py", "test_the_last_micro_can_be_held_and_not_one_more"),
    ),
    Mutant(
        "partial-hold-on-refusal",
        "planner/guard/bookkeeping.py",
        """\
        _record_refusal(store, ask.stamp, answer, store.booking(booked[-1]))
""",
        """\
        some = store.booking(booked[-1][1:])
        store.append(Draft(at, "refuse", ask.key, change=Change(held=answer.wanted), booking=some))
""",
        "a refused call stays held in those of its budgets that had room",
        _in("tests/test_guard_ledger_conformance.py", "test_a_hold_that_one_budget_refuses_touches_no_other"),
    ),
    Mutant(
        "a-retried-hold-holds-twice",
        "planner/guard/bookkeeping.py",
        """\
    if record is not None:
        return _replay(store, record, ask.offers)
""",
        """\
    if record is not None:
        ask = ask._replace(key=ask.key + "'")
""",
        "a client that asks again with the same key holds the money twice",
        _in("tests/test_guard_ledger_repeats.py", "test_the_same_hold_again_is_the_same_hold")
        + _in("tests/test_guard_ledger_races.py", "test_one_key_from_many_threads_is_one_hold"),
    ),
    Mutant(
        "a-retried-extension-is-added-twice",
        "planner/guard/bookkeeping.py",
        "if attempt is not None and attempt <= record.attempts:",
        "if attempt is not None and attempt < record.attempts:",
        "an extension whose answer was lost is added again when it is repeated",
        _in("tests/test_guard_ledger_conformance.py", "test_the_same_attempt_is_added_once")
        + _in("tests/test_guard_ledger_races.py", "test_one_retry_from_many_threads_is_added_once"),
    ),
    Mutant(
        "a-key-for-any-intent",
        "planner/guard/bookkeeping.py",
        "offer.amount != record.asked or",
        "offer.amount < record.asked or",
        "a key held for a cheap call lets a dear one pass as its repetition",
        _in("tests/test_guard_ledger_repeats.py", "test_a_key_stands_for_one_intent"),
    ),
    Mutant(
        "settle-is-not-idempotent",
        "planner/guard/bookkeeping.py",
        """\
    if record.state == "settled" and record.billed == billed:
        return _resolved(record)
    if record.state in""",
        """\
    if record.state == "settled" and record.billed == billed:
        record = record._replace(state="voided")
    elif record.state in""",
        "a bill that is repeated, because its answer was lost, counts twice",
        _in("tests/test_guard_ledger_repeats.py", "test_settling_again_at_the_same_bill_changes_nothing")
        + _in("tests/test_guard_ledger_races.py", "test_one_bill_from_many_threads_is_billed_once"),
    ),
    Mutant(
        "a-second-bill-is-swallowed",
        "planner/guard/bookkeeping.py",
        'if record.state == "settled" and record.billed == billed:',
        'if record.state == "settled":',
        "two different bills for one call, and nobody hears of it",
        _in("tests/test_guard_ledger_repeats.py", "test_a_hold_resolves_one_way"),
    ),
    Mutant(
        "a-bill-stops-at-its-hold",
        "planner/guard/bookkeeping.py",
        'ended = record._replace(state="settled", billed=billed, overrun=record.excess(billed))',
        'ended = record._replace(state="settled", billed=min(billed, record.amount) if record.amount else billed)',
        "what was billed above the hold is never counted",
        _in(
            "tests/test_guard_ledger_conformance.py",
            "test_a_bill_above_its_hold_is_recorded_in_full_and_flagged",
        ),
    ),
    Mutant(
        "settle-into-the-wrong-window",
        "planner/guard/bookkeeping.py",
        "booking=before.booking))",
        """\
booking=store.booking(tuple(
        Line(status.budget, period_at(status.per, draft.at / MICROSECONDS)) for status in store.statuses(before.booking)
    ))))""",
        "a bill after midnight counts in the new day, and the old day keeps its hold for ever",
        _in("tests/test_guard_ledger_time.py", "test_a_bill_after_midnight_belongs_to_the_day_of_its_hold"),
    ),
    Mutant(
        "the-ceiling-is-ignored",
        "planner/guard/bookkeeping.py",
        "most = status.limit if ceiling is None else min(ceiling, status.limit)",
        "most = status.limit",
        "the dear request goes out past the threshold at which cheaper ones begin",
        _in("tests/test_guard_ledger_conformance.py", "test_a_ceiling_bounds_the_exposure_below_the_limit"),
    ),
    Mutant(
        "the-ceiling-lifts-the-limit",
        "planner/guard/bookkeeping.py",
        "most = status.limit if ceiling is None else min(ceiling, status.limit)",
        "most = status.limit if ceiling is None else ceiling",
        "credits beyond a budget's limit let calls pass the limit",
        _in("tests/test_guard_ledger_conformance.py", "test_a_ceiling_never_lifts_the_limit"),
    ),
    Mutant(
        "a-refused-extension-renews-the-hold",
        "planner/guard/bookkeeping.py",
        """\
        _record_refusal(store, stamp, refusal, record.booking)
        return refusal
""",
        """\
        _record_refusal(store, stamp, refusal, record.booking)
        store.replace(longer)
        return refusal
""",
        "a retry that was refused is kept in the hold, so its bill is no overrun",
        _in("tests/test_guard_ledger_conformance.py", "test_a_refused_extension_leaves_the_hold_as_it_was"),
    ),
    Mutant(
        "the-kill-switch-lets-retries-through",
        "planner/guard/bookkeeping.py",
        "    if (stopped := store.stopped()) is not None:\n        return",
        "    if (stopped := store.stopped()) is not None and attempt is None:\n        return",
        "a stopped guard goes on paying for retries",
        _in("tests/test_guard_ledger_records.py", "test_a_stopped_ledger_refuses_new_money_and_takes_bills"),
    ),
    Mutant(
        "a-lapse-gives-the-money-back",
        "planner/guard/bookkeeping.py",
        'if lapse == "assume_billed":',
        'if lapse != "assume_billed":',
        "a process that died after sending leaves money in the budget that AWS bills",
        _in(
            "tests/test_guard_ledger_time.py",
            "test_a_lapsed_hold_is_counted_as_billed_until_someone_knows",
            "test_a_released_hold_is_given_back",
        ),
    ),
    Mutant(
        "leases-are-never-swept-by-holds",
        "planner/guard/bookkeeping.py",
        """\
    if overdue:
        sweep(store, at, lapse, SWEEP)
    answer = _take_first(store, ask, booked)
    while isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):
        answer = _take_first(store, ask, booked)
""",
        """\
    answer = _take_first(store, ask, booked)
""",
        "holds of crashed processes stay for ever unless someone calls lapse_due",
        _in("tests/test_guard_ledger_time.py", "test_every_hold_sweeps_what_is_overdue"),
    ),
    Mutant(
        "a-hold-sweeps-only-once",
        "planner/guard/bookkeeping.py",
        "    while isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):\n",
        "    if isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):\n",
        "after a crash of many calls the next call is refused though there is room",
        _in("tests/test_guard_ledger_time.py", "test_many_overdue_holds_are_swept_before_one_is_refused"),
    ),
    Mutant(
        "what-was-assumed-stays-beside-the-bill",
        "planner/guard/store.py",
        "return Change(settled=self.billed, assumed=self.billed, overrun=self.overrun)",
        "return Change(held=self.billed, assumed=self.billed, overrun=self.overrun)",
        "a call whose outcome is unknown counts as held, which no bill ever replaces in the reports",
        _in("tests/test_guard_ledger_conformance.py", "test_an_unknown_outcome_can_be_counted_at_once"),
    ),
    Mutant(
        "a-late-bill-is-no-overrun",
        "planner/guard/store.py",
        "return max(0, billed - (counted.held + counted.settled - counted.overrun))",
        "return max(0, billed - self.amount)",
        "a bill for money that was given back lifts the budget over its limit without a flag",
        _in("tests/test_guard_ledger_time.py", "test_a_late_bill_of_a_released_hold_is_an_overrun"),
    ),
    Mutant(
        "float-money",
        "planner/guard/bookkeeping.py",
        "    change = Change(held=amount)\n",
        "    change = Change(held=int(float(amount)))\n",
        "amounts beyond 2^53 micro-dollars lose their last digits",
        _in(
            "tests/test_guard_ledger_conformance.py",
            "test_amounts_beyond_what_a_float_can_count_are_exact",
        ),
    ),
    Mutant(
        "float-money-at-the-door",
        "planner/guard/engine.py",
        "if type(amount) is not int or not 0 <= amount <= LARGEST:",
        "if not isinstance(amount, int | float) or not 0 <= amount <= LARGEST:",
        "an amount that is a float is taken, and three dimes are not thirty cents",
        _in("tests/test_guard_ledger_repeats.py", "test_an_amount_is_a_whole_number_of_micros"),
    ),
    Mutant(
        "local-time-windows",
        "planner/guard/windows.py",
        "    day = _day_id(int(at // _DAY_S))\n",
        '    import time\n    day = time.strftime("%Y-%m-%d", time.localtime(at))\n',
        "a day begins at midnight wherever the machine stands, so two machines count in different days",
        _in("tests/test_guard_gaps.py", "test_a_day_begins_at_midnight_utc_wherever_the_machine_stands"),
    ),
    Mutant(
        "a-month-has-thirty-one-days",
        "planner/guard/windows.py",
        "    year, month = divmod(first.year * 12 + first.month, 12)\n    return date(year, month + 1, 1).toordinal()",
        "    return first.toordinal() + 31",
        "a refusal in June says that the budget starts again on 2 July",
        _in("tests/test_guard_ledger_time.py", "test_periods_follow_the_utc_calendar"),
    ),
    Mutant(
        "the-lease-is-never-renewed",
        "planner/guard/bookkeeping.py",
        "lease_until=max(record.lease_until, stamp.at + lease),",
        "lease_until=record.lease_until,",
        "a hold lapses while its last attempt is still on the way",
        _in(
            "tests/test_guard_ledger_conformance.py",
            "test_an_extension_adds_to_the_hold_and_renews_its_lease",
        ),
    ),
)

# Engines: transactions, files, processes

ENGINES = (
    Mutant(
        "check-then-update",
        "planner/guard/engine.py",
        "        return self._write(lambda store: bookkeeping.hold_first(store, ask, self._lapse))\n",
        """\
        def look(store: Store) -> list[list[Status]]:
            booked = [bookkeeping._lines(store, offer.budgets, ask.stamp.at) for offer in offers]
            return [store.statuses(store.booking(lines)) for lines in booked]

        if self._write(lambda store: store.look(key, ask.stamp.at)) == (None, False, None):
            for index, (offer, seen) in enumerate(zip(offers, self._write(look), strict=True)):
                if bookkeeping._tightest(key, offer.amount, seen, offer.budgets) is None:
                    booked = tuple(Line(status.budget, status.period) for status in seen)
                    return self._write(
                        lambda store: bookkeeping._grant(store, ask, index, store.booking(booked), seen)
                    )
        return self._write(lambda store: bookkeeping.hold_first(store, ask, self._lapse))
""",
        "the check and the hold are two transactions, and other calls spend the room in between",
        _in(
            "tests/test_guard_ledger_races.py",
            "test_racing_holds_never_exceed_the_limit",
            "test_processes_spend_a_budget_to_the_cent",
        ),
    ),
    Mutant(
        "double-sweep",
        "planner/guard/engine.py",
        """\
        while count := self._write(lambda store: bookkeeping.sweep(store, at, self._lapse, _LAPSE_BATCH)):
            total += count
        return total
""",
        """\
        for record in self._write(lambda store: store.overdue(at, _LAPSE_BATCH)):
            lapsed = record._replace(state="assumed", billed=record.amount)
            draft = bookkeeping.Draft(at, "lapse", record.key, record.amount)
            self._write(lambda store: bookkeeping._move(store, draft, record, lapsed))
            total += 1
        return total
""",
        "two processes that sweep at once count every lapse twice",
        _in("tests/test_guard_ledger_races.py", "test_a_lapse_is_counted_once_however_many_sweep"),
    ),
    Mutant(
        "no-lock-around-memory",
        "planner/guard/memory.py",
        """\
        with self._lock:
            return rule(self._open())
""",
        """\
        return rule(self._open())
""",
        "threads interleave in the middle of a verb",
        _in("tests/test_guard_gaps.py", "test_threads_that_switch_in_the_middle_of_a_verb_wait_for_its_end"),
    ),
    Mutant(
        "begin-deferred",
        "planner/guard/sqlite.py",
        'store.connection.execute("BEGIN IMMEDIATE")',
        'store.connection.execute("BEGIN DEFERRED")',
        "two that read before they write both fail with `database is locked`",
        _in("tests/test_guard_gaps.py", "test_a_verb_has_the_file_to_itself_from_its_first_look"),
    ),
    Mutant(
        "the-hold-in-a-second-transaction",
        "planner/guard/sqlite_store.py",
        "        self._execute(_ADD, (*record, seq))\n",
        '        self._execute("COMMIT")\n        self._execute("BEGIN IMMEDIATE")\n        self._execute(_ADD, (*record, seq))\n',
        "a crash in between leaves money held under a key that nobody can resolve",
        _in("tests/test_guard_crash.py", "test_a_verb_killed_before_any_statement_has_happened_or_has_not"),
    ),
    Mutant(
        "the-entry-in-a-second-transaction",
        "planner/guard/sqlite_store.py",
        "        self._execute(_REPLACE, (state, amount, *counted, key))\n",
        '        self._execute(_REPLACE, (state, amount, *counted, key))\n        self._execute("COMMIT")\n        self._execute("BEGIN IMMEDIATE")\n',
        "what a batch did before a failure stays, though its callers are told that nothing happened",
        _in("tests/test_guard_crash.py", "test_a_verb_killed_before_any_statement_has_happened_or_has_not"),
    ),
    Mutant(
        "a-failed-batch-is-remembered",
        "planner/guard/sqlite.py",
        "        store.forget()\n",
        "",
        "a set of budgets first seen in a transaction that failed is counted nowhere from then on",
        _in("tests/test_guard_gaps.py", "test_what_a_failed_transaction_learnt_is_forgotten"),
    ),
    Mutant(
        "one-failure-fails-its-batch",
        "planner/guard/sqlite.py",
        "if len(batch.tickets) > 1 and isinstance(error, sqlite3.Error) and not concerns_file(error):",
        "if len(batch.tickets) > 99:",
        "calls are refused because another one, committed with them, broke a rule of the file",
        _in("tests/test_guard_sqlite_processes.py", "test_one_bill_that_cannot_be_kept_fails_alone"),
    ),
    Mutant(
        "answers-before-the-commit",
        "planner/guard/sqlite.py",
        """\
            committing = True
            store.connection.execute("COMMIT")
            batch.done = True
""",
        """\
            batch.done = committing = True
            store.connection.execute("COMMIT")
""",
        "a call goes out before its hold is written, and a crash in between forgets it",
        _in("tests/test_guard_gaps.py", "test_nobody_is_answered_before_the_commit"),
    ),
    Mutant(
        "synchronous-switched-off",
        "planner/guard/sqlite_file.py",
        'connection.execute(f"PRAGMA synchronous = {synchronous}")',
        'connection.execute("PRAGMA synchronous = OFF")',
        "a power cut corrupts the ledger",
        _in("tests/test_guard_sqlite.py", "test_every_commit_is_synced_unless_the_url_asks_otherwise"),
    ),
    Mutant(
        "synchronous-normal-for-everyone",
        "planner/guard/sqlite_file.py",
        '    level: Synchronous = "FULL"\n',
        '    level: Synchronous = "NORMAL"\n',
        "a power cut loses the last settlements, though nobody asked for speed",
        _in("tests/test_guard_sqlite.py", "test_every_commit_is_synced_unless_the_url_asks_otherwise"),
    ),
    Mutant(
        "no-gate",
        "planner/guard/gate.py",
        "            fcntl.flock(descriptor, fcntl.LOCK_EX)\n",
        "",
        "SQLite's own waiting lets some processes starve",
        _in("tests/test_guard_gaps.py", "test_one_at_a_time_passes_the_gate"),
    ),
    Mutant(
        "the-gate-stays-shut-after-a-kill",
        "planner/guard/gate.py",
        """\
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            work()
        finally:
""",
        """\
            import time
            from contextlib import suppress
            taken = self._path.with_suffix(".taken")
            while True:
                with suppress(FileExistsError):
                    os.close(os.open(taken, os.O_CREAT | os.O_EXCL))
                    break
                time.sleep(0.001)
            work()
        finally:
            taken.unlink()
""",
        "a process killed in the middle of a verb stops every other process for ever",
        _in("tests/test_guard_gaps.py", "test_a_process_killed_in_the_middle_of_a_verb_keeps_nobody_out"),
    ),
    Mutant(
        "a-connection-survives-fork",
        "planner/guard/sqlite.py",
        """\
        self._group.begin_alone()
        self._reading.acquire()
        self._let_go()
""",
        """\
        self._group.begin_alone()
        self._reading.acquire()
""",
        "a child inherits an open database, which SQLite forbids",
        _in(
            "tests/test_guard_sqlite_processes.py",
            "test_a_fork_while_threads_are_busy_leaves_both_sides_working",
        ),
    ),
    Mutant(
        "an-inherited-connection-is-used",
        "planner/guard/sqlite.py",
        """\
        if self._writer is not None or self._reader is not None:
            self._abandon_inherited()
        self._start()
""",
        """\
        self._start()
""",
        "a child forked past Python's hooks writes through its parent's connection, and may damage the file",
        _in(
            "tests/test_guard_sqlite_processes.py",
            "test_a_ledger_forked_behind_pythons_back_refuses_to_be_used",
        ),
    ),
    Mutant(
        "the-lock-of-a-busy-thread-survives-fork",
        "planner/guard/memory.py",
        '''\
        """The child goes on with a copy of its own."""
        self._lock = threading.Lock()
''',
        '''\
        """The child goes on with a copy of its own."""
''',
        "a forked child waits for ever for a lock that nobody holds any more",
        _in("tests/test_guard_gaps.py", "test_a_forked_child_goes_on_with_a_copy_of_a_ledger_in_memory"),
    ),
    Mutant(
        "the-file-counts-one-budget-only",
        "planner/guard/sqlite_schema.py",
        "        WHERE id IN (SELECT window FROM booked WHERE booking = NEW.booking);",
        "        WHERE id = (SELECT window FROM booked WHERE booking = NEW.booking);",
        "a call under several budgets is counted in one of them",
        _in("tests/test_guard_ledger_conformance.py", "test_a_hold_counts_in_every_budget_at_once"),
    ),
    Mutant(
        "the-file-takes-any-hold",
        "planner/guard/sqlite_schema.py",
        "            AND windows.settled + windows.held > budgets.limit_micros;",
        "            AND windows.settled + windows.held > budgets.limit_micros + 10000000;",
        "the file does not defend the limit against code that forgot to check",
        _in("tests/test_guard_sqlite.py", "test_the_file_itself_defends_its_history"),
    ),
    Mutant(
        "a-notice-is-claimed-twice",
        "planner/guard/sqlite_store.py",
        "INSERT OR IGNORE INTO notices",
        "INSERT OR REPLACE INTO notices",
        "every process sends the notice of a threshold again",
        _in(
            "tests/test_guard_ledger_races.py",
            "test_a_notice_is_sent_by_one_of_many_threads",
            "test_a_notice_is_sent_by_one_of_many_processes",
        ),
    ),
    Mutant(
        "a-replaced-file-is-not-missed",
        "planner/guard/sqlite.py",
        "if self._identity is not None and self._identity != self._look_at_file():",
        "if self._identity is not None and self._look_at_file() is None:",
        "after the file was replaced, old and new processes spend the same budget twice",
        _in("tests/test_guard_sqlite.py", "test_a_file_that_is_taken_away_is_missed"),
    ),
    Mutant(
        "anyone-may-read-the-ledger",
        "planner/guard/sqlite_file.py",
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600",
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644",
        "other users read what is spent on what",
        _in("tests/test_guard_sqlite.py", "test_every_file_of_the_ledger_is_its_owners_alone"),
    ),
    Mutant(
        "a-network-drive-is-accepted",
        "planner/guard/sqlite_file.py",
        "    if remote is not None:\n",
        "    if remote is None:\n",
        "two machines write one file under locks that do not hold",
        _in("tests/test_guard_sqlite.py", "test_a_network_file_system_is_refused"),
    ),
    Mutant(
        "verify-believes-the-counters",
        "planner/guard/sqlite_reader.py",
        "                if is_value != should_be:\n",
        "                if is_value > should_be:\n",
        "a counter someone lowered by hand is not found",
        _in("tests/test_guard_sqlite.py", "test_what_someone_changed_by_hand_is_found"),
    ),
)

MUTANTS = (*RULES, *ENGINES)

if __name__ == "__main__":
    sys.exit(main(MUTANTS, sys.argv[1:]))
