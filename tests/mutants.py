"""Bugs that could be written into the ledger and the guard by mistake: each one makes a test fail.

`python -m tests.mutants [NAME...]` plants them one at a time in a copy of the tree and runs the tests named with each;
without names, all of them. It fails when one survives, and when the source of one is not found any more.
"""

import sys

from tests.mutants_dynamodb import DYNAMODB
from tests.mutants_postgres import POSTGRES
from tests.mutating import Mutant, main
from tests.mutating import tests_in as _in

# The rules of the ledger

RULES = (
    Mutant(
        "only-the-first-budget-is-checked",
        "planner/guard/ledger/room.py",
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
        "planner/guard/ledger/room.py",
        "amount > (max(room, 0) if nothing_fits else room) and",
        "amount >= room and",
        "the last micro-dollar of a budget can never be spent",
        _in("tests/test_guard_ledger_conformance.py", "test_the_last_micro_can_be_held_and_not_one_more"),
    ),
    Mutant(
        "off-by-one-above-the-limit",
        "planner/guard/ledger/room.py",
        "amount > (max(room, 0) if nothing_fits else room) and",
        "amount > max(room, 0) + 1 and",
        "a budget can be overspent by a micro-dollar",
        _in("tests/test_guard_ledger_conformance.py", "test_the_last_micro_can_be_held_and_not_one_more"),
    ),
    Mutant(
        "partial-hold-on-refusal",
        "planner/guard/ledger/bookkeeping.py",
        """\
        record_refusal(store, ask.stamp, answer, store.booking(booked[-1]))
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
        "planner/guard/ledger/bookkeeping.py",
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
        "planner/guard/ledger/bookkeeping.py",
        "if attempt is not None and attempt <= record.attempts:",
        "if attempt is not None and attempt < record.attempts:",
        "an extension whose answer was lost is added again when it is repeated",
        _in("tests/test_guard_ledger_resolve.py", "test_the_same_attempt_is_added_once")
        + _in("tests/test_guard_ledger_races.py", "test_one_retry_from_many_threads_is_added_once"),
    ),
    Mutant(
        "a-key-for-any-intent",
        "planner/guard/ledger/bookkeeping.py",
        "offer.amount != record.asked or",
        "offer.amount < record.asked or",
        "a key held for a cheap call lets a dear one pass as its repetition",
        _in("tests/test_guard_ledger_repeats.py", "test_a_key_stands_for_one_intent"),
    ),
    Mutant(
        "settle-is-not-idempotent",
        "planner/guard/ledger/bookkeeping.py",
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
        "planner/guard/ledger/bookkeeping.py",
        'if record.state == "settled" and record.billed == billed:',
        'if record.state == "settled":',
        "two different bills for one call, and nobody hears of it",
        _in("tests/test_guard_ledger_repeats.py", "test_a_hold_resolves_one_way"),
    ),
    Mutant(
        "a-bill-stops-at-its-hold",
        "planner/guard/ledger/bookkeeping.py",
        'ended = record._replace(state="settled", billed=billed, overrun=record.excess(billed))',
        'ended = record._replace(state="settled", billed=min(billed, record.amount) if record.amount else billed)',
        "what was billed above the hold is never counted",
        _in(
            "tests/test_guard_ledger_resolve.py", "test_a_bill_above_its_hold_is_recorded_in_full_and_flagged"
        ),
    ),
    Mutant(
        "settle-into-the-wrong-window",
        "planner/guard/ledger/bookkeeping.py",
        "amount, change, before.booking, stamp.tags))",
        """\
amount, change, store.booking(tuple(
        Line(status.budget, period_at(status.per, stamp.at / MICROSECONDS)) for status in store.statuses(before.booking)
    )), stamp.tags))""",
        "a bill after midnight counts in the new day, and the old day keeps its hold for ever",
        _in("tests/test_guard_ledger_time.py", "test_a_bill_after_midnight_belongs_to_the_day_of_its_hold"),
    ),
    Mutant(
        "the-ceiling-is-ignored",
        "planner/guard/ledger/room.py",
        "most = status.limit if ceiling is None else min(ceiling, status.limit)",
        "most = status.limit",
        "the dear request goes out past the threshold at which cheaper ones begin",
        _in("tests/test_guard_ledger_conformance.py", "test_a_ceiling_bounds_the_exposure_below_the_limit"),
    ),
    Mutant(
        "the-ceiling-lifts-the-limit",
        "planner/guard/ledger/room.py",
        "most = status.limit if ceiling is None else min(ceiling, status.limit)",
        "most = status.limit if ceiling is None else ceiling",
        "credits beyond a budget's limit let calls pass the limit",
        _in("tests/test_guard_ledger_conformance.py", "test_a_ceiling_never_lifts_the_limit"),
    ),
    Mutant(
        "a-refused-extension-renews-the-hold",
        "planner/guard/ledger/bookkeeping.py",
        """\
        record_refusal(store, stamp, refusal, record.booking)
        return refusal
""",
        """\
        record_refusal(store, stamp, refusal, record.booking)
        store.replace(longer)
        return refusal
""",
        "a retry that was refused is kept in the hold, so its bill is no overrun",
        _in("tests/test_guard_ledger_resolve.py", "test_a_refused_extension_leaves_the_hold_as_it_was"),
    ),
    Mutant(
        "the-kill-switch-lets-retries-through",
        "planner/guard/ledger/bookkeeping.py",
        "    if (stopped := store.stopped()) is not None:\n        return",
        "    if (stopped := store.stopped()) is not None and attempt is None:\n        return",
        "a stopped guard goes on paying for retries",
        _in("tests/test_guard_ledger_switch.py", "test_a_stopped_ledger_refuses_new_money_and_takes_bills"),
    ),
    Mutant(
        "a-lapse-gives-the-money-back",
        "planner/guard/ledger/bookkeeping.py",
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
        "planner/guard/ledger/bookkeeping.py",
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
        "planner/guard/ledger/bookkeeping.py",
        "    while isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):\n",
        "    if isinstance(answer, Refused) and sweep(store, at, lapse, SWEEP):\n",
        "after a crash of many calls the next call is refused though there is room",
        _in("tests/test_guard_ledger_time.py", "test_many_overdue_holds_are_swept_before_one_is_refused"),
    ),
    Mutant(
        "what-was-assumed-stays-beside-the-bill",
        "planner/guard/ledger/store.py",
        "return Change(settled=self.billed, assumed=self.billed, overrun=self.overrun)",
        "return Change(held=self.billed, assumed=self.billed, overrun=self.overrun)",
        "a call whose outcome is unknown counts as held, which no bill ever replaces in the reports",
        _in("tests/test_guard_ledger_resolve.py", "test_an_unknown_outcome_can_be_counted_at_once"),
    ),
    Mutant(
        "a-late-bill-is-no-overrun",
        "planner/guard/ledger/store.py",
        "return max(0, billed - (counted.held + counted.settled - counted.overrun))",
        "return max(0, billed - self.amount)",
        "a bill for money that was given back lifts the budget over its limit without a flag",
        _in("tests/test_guard_ledger_time.py", "test_a_late_bill_of_a_released_hold_is_an_overrun"),
    ),
    Mutant(
        "float-money",
        "planner/guard/ledger/bookkeeping.py",
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
        "planner/guard/ledger/arguments.py",
        "if type(amount) is not int or not 0 <= amount <= LARGEST:",
        "if not isinstance(amount, int | float) or not 0 <= amount <= LARGEST:",
        "an amount that is a float is taken, and three dimes are not thirty cents",
        _in("tests/test_guard_ledger_repeats.py", "test_an_amount_is_a_whole_number_of_micros"),
    ),
    Mutant(
        "local-time-windows",
        "planner/guard/ledger/windows.py",
        "    day = _day_id(int(at // _DAY_S))\n",
        '    import time\n    day = time.strftime("%Y-%m-%d", time.localtime(at))\n',
        "a day begins at midnight wherever the machine stands, so two machines count in different days",
        _in(
            "tests/test_guard_ledger_gaps.py", "test_a_day_begins_at_midnight_utc_wherever_the_machine_stands"
        ),
    ),
    Mutant(
        "a-month-has-thirty-one-days",
        "planner/guard/ledger/windows.py",
        "    year, month = divmod(first.year * 12 + first.month, 12)\n    return date(year, month + 1, 1).toordinal()",
        "    return first.toordinal() + 31",
        "a refusal in June says that the budget starts again on 2 July",
        _in("tests/test_guard_ledger_time.py", "test_periods_follow_the_utc_calendar"),
    ),
    Mutant(
        "the-lease-is-never-renewed",
        "planner/guard/ledger/bookkeeping.py",
        "lease_until=max(record.lease_until, stamp.at + lease),",
        "lease_until=record.lease_until,",
        "a hold lapses while its last attempt is still on the way",
        _in("tests/test_guard_ledger_resolve.py", "test_an_extension_adds_to_the_hold_and_renews_its_lease"),
    ),
)

# Engines: transactions, files, processes

ENGINES = (
    Mutant(
        "check-then-update",
        "planner/guard/ledger/engine.py",
        "        return self._write(lambda store: bookkeeping.hold_first(store, ask, self._lapse), ask.key)\n",
        """\
        def look(store: Store) -> list[list[Status]]:
            booked = [bookkeeping._lines(store, offer.budgets, ask.stamp.at) for offer in ask.offers]
            return [store.statuses(store.booking(lines)) for lines in booked]

        if self._write(lambda store: store.look(ask.key, ask.stamp.at)) == (None, False, None):
            for index, (offer, seen) in enumerate(zip(ask.offers, self._write(look), strict=True)):
                if bookkeeping.tightest(ask.key, offer.amount, seen, offer.budgets) is None:
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
        "planner/guard/ledger/engine.py",
        """\
        while count := self._sweep(at, _LAPSE_BATCH):
            total += count
        return total
""",
        """\
        for record in self._write(lambda store: store.overdue(at, _LAPSE_BATCH)):
            lapsed = record._replace(state="assumed", billed=record.amount)
            stamp = bookkeeping.Stamp(at)
            self._write(lambda store: bookkeeping._move(store, stamp, record, lapsed, kind="lapse", amount=record.amount))
            total += 1
        return total
""",
        "two processes that sweep at once count every lapse twice",
        _in("tests/test_guard_ledger_gaps.py", "test_sweeps_that_begin_together_lapse_each_hold_once"),
    ),
    Mutant(
        "no-lock-around-memory",
        "planner/guard/ledger/memory.py",
        """\
        with self._lock:
            return rule(self._open())
""",
        """\
        return rule(self._open())
""",
        "threads interleave in the middle of a verb",
        _in(
            "tests/test_guard_ledger_gaps.py",
            "test_threads_that_come_in_the_middle_of_a_verb_wait_for_its_end",
        ),
    ),
    Mutant(
        "begin-deferred",
        "planner/guard/ledger/sqlite_store.py",
        'self._execute("BEGIN IMMEDIATE")',
        'self._execute("BEGIN DEFERRED")',
        "two that read before they write both fail with `database is locked`",
        _in("tests/test_guard_ledger_gaps.py", "test_a_verb_has_the_file_to_itself_from_its_first_look"),
    ),
    Mutant(
        "the-hold-in-a-second-transaction",
        "planner/guard/ledger/sqlite_store.py",
        "        self._execute(_ADD, (*record, seq))\n",
        '        self._execute("COMMIT")\n        self._execute("BEGIN IMMEDIATE")\n        self._execute(_ADD, (*record, seq))\n',
        "a crash in between leaves money held under a key that nobody can resolve",
        _in("tests/test_guard_crash.py", "test_a_verb_killed_before_any_statement_has_happened_or_has_not"),
    ),
    Mutant(
        "the-entry-in-a-second-transaction",
        "planner/guard/ledger/sqlite_store.py",
        "        self._execute(_REPLACE, (state, amount, *counted, key))\n",
        '        self._execute(_REPLACE, (state, amount, *counted, key))\n        self._execute("COMMIT")\n        self._execute("BEGIN IMMEDIATE")\n',
        "what a batch did before a failure stays, though its callers are told that nothing happened",
        _in("tests/test_guard_crash.py", "test_a_verb_killed_before_any_statement_has_happened_or_has_not"),
    ),
    Mutant(
        "what-was-read-ahead-stands-for-any-budget",
        "planner/guard/ledger/sqlite_store.py",
        "if self._ahead is not None and self._ahead[0] == booking:",
        "if self._ahead is not None:",
        "a call is held to the room of the budgets of the call before",
        _in("tests/test_guard_ledger_repeats.py", "test_the_same_offers_again_are_the_same_hold"),
    ),
    Mutant(
        "what-was-read-ahead-outlives-a-write",
        "planner/guard/ledger/sqlite_store.py",
        """\
        self._ahead = None
        row = (draft.at""",
        """\
        row = (draft.at""",
        "a hold that sweeps first decides by the counters before the sweep",
        _in("tests/test_guard_ledger_gaps.py", "test_a_hold_that_sweeps_decides_by_what_it_swept"),
    ),
    Mutant(
        "a-failed-batch-is-remembered",
        "planner/guard/ledger/sqlite.py",
        "        store.forget()\n",
        "",
        "a set of budgets first seen in a transaction that failed is counted nowhere from then on",
        _in("tests/test_guard_ledger_gaps.py", "test_what_a_failed_transaction_learnt_is_forgotten"),
    ),
    Mutant(
        "one-failure-fails-its-batch",
        "planner/guard/ledger/sqlite.py",
        "if len(batch.tickets) > 1 and isinstance(error, sqlite3.Error) and not concerns_file(error):",
        "if len(batch.tickets) > 99:",
        "calls are refused because another one, committed with them, broke a rule of the file",
        _in(
            "tests/test_guard_ledger_gaps.py",
            "test_a_verb_that_breaks_its_transaction_takes_no_other_with_it",
        ),
    ),
    Mutant(
        "answers-before-the-commit",
        "planner/guard/ledger/sqlite.py",
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
        _in("tests/test_guard_ledger_gaps.py", "test_nobody_is_answered_before_the_commit"),
    ),
    Mutant(
        "synchronous-switched-off",
        "planner/guard/ledger/sqlite_file.py",
        'connection.execute(f"PRAGMA synchronous = {synchronous}")',
        'connection.execute("PRAGMA synchronous = OFF")',
        "a power cut corrupts the ledger",
        _in("tests/test_guard_sqlite.py", "test_every_commit_is_synced_unless_the_url_asks_otherwise"),
    ),
    Mutant(
        "synchronous-normal-for-everyone",
        "planner/guard/ledger/sqlite_file.py",
        '    level: Synchronous = "FULL"\n',
        '    level: Synchronous = "NORMAL"\n',
        "a power cut loses the last settlements, though nobody asked for speed",
        _in("tests/test_guard_sqlite.py", "test_every_commit_is_synced_unless_the_url_asks_otherwise"),
    ),
    Mutant(
        "no-gate",
        "planner/guard/ledger/gate.py",
        "            fcntl.flock(descriptor, fcntl.LOCK_EX)\n",
        "",
        "SQLite's own waiting lets some processes starve",
        _in("tests/test_guard_ledger_gaps.py", "test_one_at_a_time_passes_the_gate"),
    ),
    Mutant(
        "the-gate-stays-shut-after-a-kill",
        "planner/guard/ledger/gate.py",
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
        _in(
            "tests/test_guard_ledger_gaps.py",
            "test_a_process_killed_in_the_middle_of_a_verb_keeps_nobody_out",
        ),
    ),
    Mutant(
        "a-connection-survives-fork",
        "planner/guard/ledger/sqlite.py",
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
        "planner/guard/ledger/sqlite.py",
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
        "planner/guard/ledger/memory.py",
        '''\
        """The child goes on with a copy of its own."""
        self._lock = threading.Lock()
''',
        '''\
        """The child goes on with a copy of its own."""
''',
        "a forked child waits for ever for a lock that nobody holds any more",
        _in(
            "tests/test_guard_ledger_gaps.py", "test_a_forked_child_goes_on_with_a_copy_of_a_ledger_in_memory"
        ),
    ),
    Mutant(
        "the-file-counts-one-budget-only",
        "planner/guard/ledger/sqlite_schema.py",
        "        WHERE id IN (SELECT window FROM booked WHERE booking = NEW.booking);",
        "        WHERE id = (SELECT window FROM booked WHERE booking = NEW.booking);",
        "a call under several budgets is counted in one of them",
        _in("tests/test_guard_ledger_conformance.py", "test_a_hold_counts_in_every_budget_at_once"),
    ),
    Mutant(
        "the-file-takes-any-hold",
        "planner/guard/ledger/sqlite_schema.py",
        "            AND windows.settled + windows.held > budgets.limit_micros;",
        "            AND windows.settled + windows.held > budgets.limit_micros + 10000000;",
        "the file does not defend the limit against code that forgot to check",
        _in("tests/test_guard_sqlite.py", "test_the_file_itself_defends_its_history"),
    ),
    Mutant(
        "a-notice-is-claimed-twice",
        "planner/guard/ledger/sqlite_store.py",
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
        "planner/guard/ledger/sqlite.py",
        "if self._identity is not None and self._identity != self._look_at_file():",
        "if self._identity is not None and self._look_at_file() is None:",
        "after the file was replaced, old and new processes spend the same budget twice",
        _in("tests/test_guard_sqlite_places.py", "test_a_file_that_is_taken_away_is_missed"),
    ),
    Mutant(
        "anyone-may-read-the-ledger",
        "planner/guard/ledger/sqlite_file.py",
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600",
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644",
        "other users read what is spent on what",
        _in("tests/test_guard_sqlite.py", "test_every_file_of_the_ledger_is_its_owners_alone"),
    ),
    Mutant(
        "a-network-drive-is-accepted",
        "planner/guard/ledger/sqlite_file.py",
        "    if remote is not None:\n",
        "    if remote is None:\n",
        "two machines write one file under locks that do not hold",
        _in("tests/test_guard_sqlite_places.py", "test_a_network_file_system_is_refused"),
    ),
    Mutant(
        "verify-believes-the-counters",
        "planner/guard/ledger/sqlite_reader.py",
        "                if is_value != should_be:\n",
        "                if is_value > should_be:\n",
        "a counter someone lowered by hand is not found",
        _in("tests/test_guard_sqlite.py", "test_what_someone_changed_by_hand_is_found"),
    ),
)

# The guard: what a call costs, and when it may go out

CALLS = (
    Mutant(
        "timeouts-are-counted-once",
        "planner/guard/settlement.py",
        "assumed = Micros(len(call.doubtful) * call.sent.cost)",
        "assumed = Micros(min(1, len(call.doubtful)) * call.sent.cost)",
        "three attempts that timed out may be billed three times, and one is counted",
        _in("tests/test_guard_outcomes.py", "test_every_attempt_without_an_answer_counts"),
    ),
    Mutant(
        "an-answer-forgets-the-timeouts-before-it",
        "planner/guard/settlement.py",
        "self._ledger.settle(key, Micros(billed + assumed), tags=words)",
        "self._ledger.settle(key, billed, tags=words)",
        "an attempt given up is generated and billed all the same",
        _in("tests/test_guard_outcomes.py", "test_an_answer_after_a_timeout_counts_both"),
    ),
    Mutant(
        "a-retry-is-not-held",
        "planner/guard/settlement.py",
        "if wanted <= call.held_for or call.key is None:",
        "if wanted >= 1:",
        "a retry that may bill again goes out on the money of the first attempt",
        _in("tests/test_guard_client.py", "test_a_retry_that_does_not_fit_is_not_made"),
    ),
    Mutant(
        "a-retry-is-not-vetoed",
        "planner/guard/settlement.py",
        "        return call.veto is None\n",
        "        return True\n",
        "a retry goes out though no budget has room for it",
        _in("tests/test_guard_client.py", "test_a_retry_that_does_not_fit_is_not_made"),
    ),
    Mutant(
        "a-refused-retry-goes-out",
        "planner/guard/client.py",
        "        if call.veto is not None or not self._settlement.may_retry(call):\n",
        "        if call.veto is not None and call.attempts == 0:\n",
        "with a botocore that cannot veto an answer, nothing stops the retry",
        _in("tests/test_guard_gaps.py", "test_the_last_door_stops_an_attempt_that_is_not_held"),
    ),
    Mutant(
        "the-last-attempt-is-held-for-a-next-one",
        "planner/guard/client.py",
        'last = outcome not in RETRIED or attempts >= most_attempts(request_dict["context"])',
        "last = outcome not in RETRIED",
        "a call that is over asks for the money of an attempt that never comes",
        _in("tests/test_guard_outcomes.py", "test_every_attempt_without_an_answer_counts"),
    ),
    Mutant(
        "a-retry-goes-out-while-the-ledger-is-down",
        "planner/guard/settlement.py",
        'if self._ledger_down == "block":',
        "if False:",
        "retries are not held whenever the ledger does not answer, whatever policy says",
        _in("tests/test_guard_gaps.py", "test_a_retry_waits_for_a_ledger_that_answers"),
    ),
    Mutant(
        "every-failure-is-billed",
        "planner/guard/settlement.py",
        "        if outcome in self._assumed_billed:\n            call.doubtful",
        "        if outcome != NOT_SENT:\n            call.doubtful",
        "429 answers use up the budget, though nothing was generated",
        _in("tests/test_guard_outcomes.py", "test_throttled_attempts_are_retried_at_no_cost"),
    ),
    Mutant(
        "throttling-looks-like-a-lost-connection",
        "planner/guard/outcomes.py",
        '429: "throttled"',
        '429: "connection_lost"',
        "429 answers count as billed under the default policy",
        _in("tests/test_guard_outcomes.py", "test_throttled_attempts_are_retried_at_no_cost"),
    ),
    Mutant(
        "filtered-output-is-free",
        "planner/guard/settlement.py",
        "billed = max(call.sent.images, billed)",
        "billed = answer.images",
        "images that the content filter took count nothing though policy says billed",
        _in(
            "tests/test_guard_outcomes.py",
            "test_blocked_output_counts_as_billed_unless_policy_says_otherwise",
            "test_all_output_blocked",
        ),
    ),
    Mutant(
        "filtered-output-is-billed-against-policy",
        "planner/guard/settlement.py",
        "if answer.outcome != OK and answer.outcome in self._assumed_billed:",
        "if answer.outcome != OK:",
        "policy says that filtered images are free, and they are counted",
        _in(
            "tests/test_guard_outcomes.py",
            "test_blocked_output_counts_as_billed_unless_policy_says_otherwise",
        ),
    ),
    Mutant(
        "a-prompt-refused-with-400-is-any-error",
        "planner/guard/outcomes.py",
        "    if status == 400 and _CONTENT_FILTER in message:\n",
        "    if status == 200 and _CONTENT_FILTER in message:\n",
        "what policy says of filtered input is not applied to Amazon's models",
        _in("tests/test_guard_outcomes.py", "test_blocked_input_costs_nothing_unless_policy_assumes_it"),
    ),
    Mutant(
        "a-body-that-says-nothing-is-free",
        "planner/guard/outcomes.py",
        "return Answer(worst, count or (asked if worst == OK else 0))",
        "return Answer(worst, count)",
        "a new layout of the answer makes every image free",
        _in("tests/test_guard_outcomes.py", "test_a_body_that_says_nothing_counts_as_everything_asked"),
    ),
    Mutant(
        "quotes-are-counted-for-images",
        "planner/guard/outcomes.py",
        "return quotes // 2, _without_mask(",
        "return quotes, _without_mask(",
        "a large answer counts double",
        _in("tests/test_guard_outcomes.py", "test_bodies_are_counted_without_being_parsed"),
    ),
    Mutant(
        "a-lost-connection-was-never-sent",
        "planner/guard/transport.py",
        "        case HTTPClientError():\n            return False\n",
        "        case HTTPClientError():\n            return True\n",
        "a connection that broke after sending counts nothing",
        _in("tests/test_guard_outcomes.py", "test_every_attempt_without_an_answer_counts"),
    ),
    Mutant(
        "nobody-listens-counts-as-billed",
        "planner/guard/transport.py",
        "return NOT_SENT if _never_sent(error) else",
        'return "read_timeout" if _never_sent(error) else',
        "an endpoint that cannot be reached uses up the budget",
        _in("tests/test_guard_outcomes.py", "test_a_connection_refused_is_certain_to_cost_nothing"),
    ),
    Mutant(
        "a-broken-body-is-free",
        "planner/guard/client.py",
        '                self._settlement.failed(call, "body_lost")\n',
        "",
        "images whose download broke off were generated, and count nothing",
        _in("tests/test_guard_outcomes.py", "test_no_whole_answer_is_assumed_billed"),
    ),
    Mutant(
        "a-failed-call-stays-held",
        "planner/guard/client.py",
        "            self._settlement.failed(call, outcome)\n        self._settlement.ended(call, outcome)\n",
        "            self._settlement.failed(call, outcome)\n",
        "every failure takes its money out of the budget until the lease ends",
        _in("tests/test_guard_outcomes.py", "test_a_connection_refused_is_certain_to_cost_nothing"),
    ),
    Mutant(
        "an-assumption-is-final",
        "planner/guard/settlement.py",
        "self._ledger.assume(key, assumed, tags=words)",
        "self._ledger.settle(key, assumed, tags=words)",
        "what was only assumed cannot be corrected once the bill is known",
        _in("tests/test_guard_outcomes.py", "test_an_assumption_can_be_corrected_by_hand"),
    ),
    Mutant(
        "a-settlement-is-tried-once",
        "planner/guard/settlement.py",
        "for last in (False, True):",
        "for last in (True,):",
        "a moment's outage of the ledger leaves a paid call held at its quote",
        _in("tests/test_guard_gaps.py", "test_a_settlement_survives_a_moment_without_the_ledger"),
    ),
    Mutant(
        "the-response-is-lost-with-the-ledger",
        "planner/guard/settlement.py",
        "                if last:\n                    log().error(\n",
        "                if last:\n                    raise\n                    log().error(\n",
        "images that were paid for do not reach the caller",
        _in("tests/test_guard_client.py", "test_a_body_is_never_lost_to_the_ledger"),
    ),
    Mutant(
        "the-body-is-read-away",
        "planner/guard/bodies.py",
        "return data, StreamingBody(_Replay(data), len(data))",
        "return data, body",
        "the caller finds an empty body",
        _in("tests/test_guard_dropin.py", "test_a_body_reads_as_it_always_did"),
    ),
    Mutant(
        "the-read-timeout-is-not-raised",
        "planner/guard/client.py",
        "        if by_default:\n            _wait_longer(context)\n",
        "",
        "after a minute botocore gives up on images that are billed, and asks for them again",
        _in(
            "tests/test_guard_client.py",
            "test_image_calls_wait_five_minutes_unless_the_client_says_otherwise",
        ),
    ),
    Mutant(
        "the-callers-read-timeout-is-overruled",
        "planner/guard/transport.py",
        "return float(wait), given is None and wait == _DEFAULT_READ_TIMEOUT_S",
        "return float(wait), given is None",
        "a caller who wants to wait a second waits five minutes",
        _in(
            "tests/test_guard_client.py",
            "test_image_calls_wait_five_minutes_unless_the_client_says_otherwise",
        ),
    ),
    Mutant(
        "the-lease-ends-before-the-wait",
        "planner/guard/client.py",
        "max(LEASE_S, 2 * wait + 300)",
        "LEASE_S",
        "a patient client's hold lapses while its request is on the way",
        _in("tests/test_guard_gaps.py", "test_a_lease_outlives_the_longest_wait"),
    ),
    Mutant(
        "a-changed-request-goes-out",
        "planner/guard/client.py",
        "if request.url != call.url or (request.data is not call.sent.body and request.data != call.sent.body):",
        "if request.url != call.url:",
        "another handler asks for five images after one was held",
        _in("tests/test_guard_client.py", "test_a_request_changed_after_its_cost_is_held_does_not_go_out"),
    ),
    Mutant(
        "a-downgrade-goes-to-the-old-model",
        "planner/guard/client.py",
        'params["url_path"], params["url"] = path, f"{before}{path}{after}"',
        'params["url_path"] = path',
        "the cheaper request is held, and the dear model answers",
        _in("tests/test_guard_client.py", "test_past_its_threshold_a_budget_sends_cheaper_requests"),
    ),
    Mutant(
        "two-ears-hold-twice",
        "planner/guard/client.py",
        "if self._name in context or service not in _OTHERS:",
        "if service not in _OTHERS:",
        "a client of a guarded session that is attached as well holds every call twice",
        _in("tests/test_guard_gaps.py", "test_a_guard_that_hears_a_call_twice_holds_it_once"),
    ),
    Mutant(
        "other-operations-pass",
        "planner/guard/client.py",
        "        if model.name in _OTHERS[service]:\n",
        "        if model.name in ():\n",
        "images made through Converse or a batch job are never counted",
        _in(
            "tests/test_guard_client.py", "test_operations_that_cannot_be_priced_are_refused_for_image_models"
        ),
    ),
)

# The guard: what policy says, and which request goes out

DECISIONS = (
    Mutant(
        "block-only-warns",
        "planner/guard/admission.py",
        'if choice == "block" and not self._observe:',
        'if choice == "block" and self._observe:',
        "calls that match no budget pass, and nothing bounds them",
        _in("tests/test_guard_client.py", "test_a_call_that_no_budget_counts_is_refused"),
    ),
    Mutant(
        "any-tag-will-do",
        "planner/guard/policy.py",
        """\
        for name, value in self._tags:
            if tags.get(name) != value:
                return False
""",
        """\
        if self._tags and all(tags.get(name) != value for name, value in self._tags):
            return False
""",
        "one tenant's calls are counted in another tenant's budget",
        _in("tests/test_guard_policy.py", "test_budgets_count_by_model_and_tags"),
    ),
    Mutant(
        "only-the-first-budget-counts",
        "planner/guard/attribution.py",
        "        for coverage in self._coverages:\n",
        "        for coverage in self._coverages[:1]:\n",
        "a tenant's budget is spent without the company's",
        _in("tests/test_guard_client.py", "test_a_call_counts_in_every_budget_that_matches_it"),
    ),
    Mutant(
        "what-cannot-be-priced-is-free",
        "planner/guard/admission.py",
        "return self._pricer.dearest(model_id, body, region, passed.why)",
        "return passed",
        "a body the guard cannot read goes out without a hold, and may be the dearest of all",
        _in(
            "tests/test_guard_client.py",
            "test_a_body_that_cannot_be_read_is_held_at_the_dearest_where_policy_lets_it_go",
        ),
    ),
    Mutant(
        "the-cheapest-stands-for-the-dearest",
        "planner/guard/priced.py",
        "rate, images = max(rates,",
        "rate, images = min(rates,",
        "a body the guard cannot read is held at too little",
        _in(
            "tests/test_guard_client.py",
            "test_a_body_that_cannot_be_read_is_held_at_the_dearest_where_policy_lets_it_go",
        ),
    ),
    Mutant(
        "a-ledger-that-is-down-lets-calls-pass",
        "planner/guard/admission.py",
        'if self._policy.ledger_down == "block":',
        'if self._policy.ledger_down != "block":',
        "without its ledger the guard lets every call go",
        _in("tests/test_guard_client.py", "test_a_ledger_that_does_not_answer_blocks_unless_policy_allows"),
    ),
    Mutant(
        "a-doubtful-hold-is-left-behind",
        "planner/guard/admission.py",
        "        except LedgerUnavailable:\n            self._give_back(key)\n            raise\n",
        "        except LedgerUnavailable:\n            raise\n",
        "a hold whose answer was lost, for a call that never went out, is counted as billed in the end",
        _in("tests/test_guard_gaps.py", "test_a_hold_whose_answer_was_lost_is_given_back"),
    ),
    Mutant(
        "calls-share-a-key",
        "planner/guard/admission.py",
        'return f"{int(at * 1000):012x}{urandom(10).hex()}"',
        'return f"{int(at * 1000):012x}"',
        "two calls in one millisecond share a hold",
        _in("tests/test_guard_client.py", "test_past_its_threshold_a_budget_sends_cheaper_requests"),
    ),
    Mutant(
        "retired-models-are-called",
        "planner/guard/admission.py",
        "        if not life.retired(self._pricer.today()):\n",
        "        if life is not None:\n",
        "a model past its end of life is asked, retried, and never answers",
        _in("tests/test_guard_client.py", "test_a_retired_model_follows_policy"),
    ),
    Mutant(
        "today-by-the-machines-clock",
        "planner/guard/guard.py",
        "return _day(int(self._clock() // 86_400))",
        "return date.fromtimestamp(self._clock())",
        "prices, ends of life and credits change at midnight wherever the machine stands",
        _in("tests/test_guard_gaps.py", "test_a_model_ends_at_midnight_utc_wherever_the_machine_stands"),
    ),
    Mutant(
        "a-downgrade-raises-the-price",
        "planner/guard/ladder.py",
        '    if priced.cost >= now.cost:\n        return Skipped(text_of(rung), "it saves nothing")\n',
        "",
        "a rung that costs more is taken as a step down",
        _in("tests/test_guard_policy.py", "test_a_rung_that_saves_nothing_is_stepped_over"),
    ),
    Mutant(
        "a-dearer-rung-is-offered",
        "planner/guard/policy.py",
        "rung for rung in rungs if isinstance(rung, Option) and rung.request.cost < asked.request.cost",
        "rung for rung in rungs if isinstance(rung, Option)",
        "the guard itself sends a dearer request than it was asked for",
        _in("tests/test_guard_policy.py", "test_a_dearer_rung_is_never_offered"),
    ),
    Mutant(
        "a-downgrade-raises-the-quality",
        "pricing/requests/rewrite.py",
        "if card.qualities.index(quality) >= card.qualities.index(request.quality):",
        "if card.qualities.index(quality) == card.qualities.index(request.quality):",
        "a standard picture comes out premium, because the ladder says so",
        _in("tests/test_pricing_requests_rewrite.py", "test_a_quality_that_is_not_lower_is_not_possible"),
    ),
    Mutant(
        "a-retired-model-is-a-rung",
        "planner/guard/ladder.py",
        "if target.lifecycle.retired(pricer.today()) and target is not now.card:",
        "if target.lifecycle.retired(pricer.today()) and target is now.card:",
        "the cheaper request goes to a model that answers no more",
        _in("tests/test_guard_client.py", "test_a_retired_model_is_no_rung"),
    ),
    Mutant(
        "the-threshold-does-not-bound-the-first-offer",
        "planner/guard/policy.py",
        "offers = (_offer(asked, thresholds), *map(_offer, cheaper), _offer(asked))",
        "offers = (_offer(asked), *map(_offer, cheaper), _offer(asked))",
        "cheaper requests go out only when the budget is all but spent",
        _in("tests/test_guard_policy.py", "test_the_request_as_asked_comes_first_and_last"),
    ),
    Mutant(
        "the-shortcut-ignores-the-threshold",
        "planner/guard/admission.py",
        "decision = as_asked(asked, self._attribution.thresholds() if self._ladder else EMPTY)",
        "decision = as_asked(asked, EMPTY)",
        "a process that has not seen what others spent goes on sending dear requests past the threshold",
        _in("tests/test_guard_gaps.py", "test_a_threshold_counts_what_other_processes_spent"),
    ),
    Mutant(
        "the-highest-threshold-counts",
        "planner/guard/policy.py",
        "Micros(int(limit * min(shares) / 100))",
        "Micros(int(limit * max(shares) / 100))",
        "of two downgrade thresholds the lower one does nothing",
        _in("tests/test_guard_gaps.py", "test_of_two_downgrade_thresholds_the_lower_one_counts"),
    ),
    Mutant(
        "a-threshold-is-passed-not-reached",
        "planner/guard/policy.py",
        "at_pct.denominator >= at_pct.numerator * limit",
        "at_pct.denominator > at_pct.numerator * limit",
        "nobody hears that half is spent until more than half is",
        _in("tests/test_guard_notices.py", "test_each_threshold_tells_once"),
    ),
    Mutant(
        "tags-leak-between-threads",
        "planner/guard/tagging.py",
        '_current: ContextVar[Mapping[str, str]] = ContextVar("bursar_tags", default=_NONE)\n',
        """\


class _Everywhere:
    tags = _NONE

    def get(self):
        return self.tags

    def set(self, tags):
        before, self.tags = self.tags, tags
        return before

    def reset(self, before):
        self.tags = before


_current = _Everywhere()
""",
        "one tenant's calls are counted as another's whose thread happens to run",
        _in("tests/test_guard_gaps.py", "test_tags_of_one_thread_are_none_of_anothers"),
    ),
    Mutant(
        "tags-outlive-their-block",
        "planner/guard/tagging.py",
        "        if token is not None:\n            _current.reset(token)\n",
        "",
        "calls after the block are counted as its tenant's",
        _in("tests/test_guard_dropin.py", "test_a_tagged_coroutine_keeps_its_tags"),
    ),
    Mutant(
        "outer-tags-win",
        "planner/guard/client.py",
        "return {**self._tags, **now} if self._tags else now",
        "return {**now, **self._tags} if self._tags else now",
        "a block cannot say whose its calls are",
        _in("tests/test_guard_client.py", "test_tags_of_a_block_win_over_tags_of_the_client"),
    ),
    Mutant(
        "every-guard-tells",
        "planner/guard/notices.py",
        "claimed = self._ledger.claim_notice(counter, period, at_pct)",
        "claimed = True",
        "each process sends the same notice",
        _in("tests/test_guard_notices.py", "test_guards_that_share_a_ledger_tell_once"),
    ),
    Mutant(
        "a-notice-once-and-for-all",
        "planner/guard/notices.py",
        "        key = (counter, period, at_pct)\n",
        '        key = (counter, "", at_pct)\n',
        "from the second period on nobody hears of thresholds",
        _in("tests/test_guard_notices.py", "test_the_next_period_tells_again"),
    ),
    Mutant(
        "observing-enforces",
        "planner/guard/admission.py",
        "(self._observed if self._observe else self._enforced)(wish, asked)",
        "self._enforced(wish, asked)",
        "a guard in the shadow rewrites requests",
        _in("tests/test_guard_client.py", "test_observing_refuses_and_rewrites_nothing"),
    ),
    Mutant(
        "what-was-observed-is-forgotten",
        "planner/guard/observed.py",
        "    if shadow not in ledger.budgets():\n",
        "    if shadow in ledger.budgets():\n",
        "a budget begins to be enforced as if nothing had been spent this month",
        _in("tests/test_guard_client.py", "test_what_was_observed_counts_when_enforcing_begins"),
    ),
)

# The guard: what credits can still pay

CREDITS = (
    Mutant(
        "credits-pay-whatever-they-do-not-cover",
        "planner/guard/credit_caps.py",
        "if covers(pool, charge) and _opened(pool, charge)]",
        "if _opened(pool, charge)]",
        "a pool that pays only Amazon's models is taken for room that Stability's can fall back on",
        _in(
            "tests/test_guard_credits.py",
            "test_an_early_pool_for_all_is_not_emptied_by_models_a_later_one_pays",
        ),
    ),
    Mutant(
        "credits-pay-after-they-expire",
        "planner/guard/credit_room.py",
        "credit_pool(replace(credit, balance_usd=result.ending_balance[credit.name]))",
        "credit_pool(replace(credit, balance_usd=result.ending_balance[credit.name], expires=None))",
        "a pool is room for images on the days after its last",
        _in("tests/test_guard_credits.py", "test_what_was_spent_in_earlier_months_is_gone"),
    ),
    Mutant(
        "every-order-of-pools-wastes-nothing",
        "planner/guard/credit_caps.py",
        "self.exact = len(sellers) <= 2 and self._wastes_nothing()",
        "self.exact = len(sellers) <= 2",
        "one model empties the pool that another one needed, and cash pays",
        _in(
            "tests/test_guard_credits.py",
            "test_an_early_pool_for_all_is_not_emptied_by_models_a_later_one_pays",
        ),
    ),
    Mutant(
        "other-spend-is-forgotten",
        "planner/guard/credit_room.py",
        "            for spend in self._background:\n",
        "            for spend in ():\n",
        "credits that the rest of the account uses up count as room for images",
        _in("tests/test_guard_credits.py", "test_the_guard_stops_where_the_plan_says_credits_end"),
    ),
    Mutant(
        "earlier-months-are-forgotten",
        "planner/guard/credit_room.py",
        "result = waterfall(map(credit_pool, self._credits), past, months=months)",
        "result = waterfall(map(credit_pool, self._credits), (), months=months)",
        "every month begins with all credits there ever were",
        _in("tests/test_guard_credits.py", "test_what_was_spent_in_earlier_months_is_gone"),
    ),
    Mutant(
        "marketplace-models-are-aws-models",
        "planner/guard/credit_room.py",
        'if card.billed_by == "marketplace":',
        'if card.billed_by == "nobody":',
        "credits that do not pay Stability's models are room for them",
        _in("tests/test_guard_gaps.py", "test_credits_that_do_not_pay_the_marketplace_stop_its_models"),
    ),
    Mutant(
        "what-was-observed-drew-on-nothing",
        "planner/guard/credit_room.py",
        "spent = Counter(own) + Counter(dict(self._spent(self._other, today, (today,))))",
        "spent = Counter(own)",
        "credits spent in the shadow are there to be spent again",
        _in("tests/test_guard_credits.py", "test_observed_spend_is_credit_spent"),
    ),
    Mutant(
        "nobody-looks-again-who-draws",
        "planner/guard/admission.py",
        "if self._observe or self._attribution.still_right(option):",
        "if self._observe or option is not None:",
        "two sellers that begin at once are each given the pool they share",
        _in(
            "tests/test_guard_gaps.py",
            "test_a_rival_for_the_same_credits_is_noticed_before_the_call_goes_out",
        ),
    ),
)

MUTANTS = (*RULES, *ENGINES, *POSTGRES, *DYNAMODB, *CALLS, *DECISIONS, *CREDITS)

if __name__ == "__main__":
    sys.exit(main(MUTANTS, sys.argv[1:]))
