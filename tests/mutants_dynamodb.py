"""Bugs planted in the ledger on DynamoDB; they are tried where DynamoDB Local is installed, and left out elsewhere."""

from tests.dynamodb_local import missing
from tests.mutating import Mutant, tests_in

_HERE = "planner/guard/ledger/dynamodb"
_RACES = "tests/test_guard_ledger_races.py"
_OWN = "tests/test_guard_dynamodb.py"
_FAULTS = "tests/test_guard_dynamodb_faults.py"

_PLANTED = (
    Mutant(
        "a-write-without-its-condition",
        f"{_HERE}/transaction.py",
        '        moved["Put"].update(condition)\n',
        '        moved["Put"].update({} and condition)\n',
        "what another machine wrote a moment ago is overwritten",
        tests_in(_RACES, "test_two_handles_in_one_process_are_one_ledger[dynamodb]")
        + tests_in(_OWN, "test_many_ledgers_after_the_last_dollar_spend_it_once"),
    ),
    Mutant(
        "ones-own-write-is-not-known-again",
        f"{_HERE}/sending.py",
        "return None if is_ours else conflict",
        "return conflict",
        "a write whose answer was lost is done again",
        tests_in(_OWN, "test_a_write_whose_answer_was_lost_counts_once"),
    ),
    Mutant(
        "any-conflict-is-ones-own-write",
        f"{_HERE}/sending.py",
        "return None if is_ours else conflict",
        "return None",
        "a call goes out though another was quicker and nothing was written",
        tests_in(_OWN, "test_many_ledgers_after_the_last_dollar_spend_it_once"),
    ),
    Mutant(
        "half-a-rule-is-committed",
        f"{_HERE}/ledger.py",
        "            raise  # nobody's rule: what it could not read, the others cannot either\n",
        "            continue\n",
        "a verb that failed halfway is written with the next one",
        tests_in(_FAULTS, "test_a_verb_that_fails_halfway_leaves_nothing_for_the_next_to_write"),
    ),
    Mutant(
        "a-refusing-rule-leaves-its-writes",
        f"{_HERE}/ledger.py",
        "            transaction.revert(mark)\n            ticket.error = error\n",
        "            ticket.error = error\n",
        "a page of history that is wrong brings some of its entries",
        tests_in(_FAULTS, "test_a_page_with_a_wrong_entry_brings_none_of_its_others"),
    ),
    Mutant(
        "a-resolved-hold-stays-on-the-list",
        f"{_HERE}/transaction.py",
        "        if listed is not None:\n            self._written[listed] = None\n",
        "",
        "settled holds lapse when their lease ends",
        tests_in("tests/test_guard_ledger_time.py", "test_a_settled_hold_never_lapses[dynamodb]"),
    ),
    Mutant(
        "the-earliest-lease-is-forgotten",
        f"{_HERE}/transaction.py",
        'if record.state == "open" and (due is None or record.lease_until < int(due)):',
        'if record.state == "open" and due is None:',
        "a hold with a short lease is not swept before the longer ones",
        tests_in(
            "tests/test_guard_ledger_time.py",
            "test_a_short_lease_is_swept_before_a_longer_one_that_began_first[dynamodb]",
        ),
    ),
    Mutant(
        "nobody-waits-for-anybody",
        f"{_HERE}/turns.py",
        "        return self._monotonic() - self._since < PASSED_OVER_S\n",
        "        return False\n",
        "a machine far away is overtaken for ever",
        tests_in(_FAULTS, "test_a_turn_is_waited_for_until_it_is_used_or_nobody_comes"),
    ),
    Mutant(
        "a-dead-machine-stops-the-others",
        f"{_HERE}/turns.py",
        "        return self._monotonic() - self._since < PASSED_OVER_S\n",
        "        return True\n",
        "a turn that nobody comes for holds up every call",
        tests_in(_FAULTS, "test_a_turn_is_waited_for_until_it_is_used_or_nobody_comes"),
    ),
    Mutant(
        "reads-that-decide-are-eventual",
        f"{_HERE}/table.py",
        '{"Keys": some, "ConsistentRead": True}',
        '{"Keys": some, "ConsistentRead": False}',
        "a hold is granted on what the table was a second ago",
        tests_in(_OWN, "test_every_read_is_consistent"),
    ),
    Mutant(
        "an-entry-in-the-making-ends-the-history",
        f"{_HERE}/reader.py",
        '                if int(str(item["s"])) != after + len(page) + 1:\n                    return page\n',
        "",
        "whoever follows the entries misses one that was written in the same moment",
        tests_in(_FAULTS, "test_the_history_stops_before_an_entry_that_is_not_there"),
    ),
)

DYNAMODB = () if missing() else _PLANTED
