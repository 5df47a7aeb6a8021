"""`bursar guard`: a guard's ledger from outside: how budgets stand, what happens, and what an operator sets right.

Reading commands change nothing and can run beside any number of guards. Only `init-ledger` makes one.
"""

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from planner.commands import BadUsage
from planner.commands.guard_ledger import DEFAULT_FILE, VARIABLE
from planner.commands.output import add_output_options
from planner.commands.terminal import day

_LEDGER = (
    f"the ledger, such as sqlite:///{DEFAULT_FILE} (default: {VARIABLE}, else {DEFAULT_FILE} in this folder)"
)
_RECONCILE = (
    "Without options: every lapsed hold and what it is assumed to have cost; holds whose lease has run out are lapsed "
    "first, as every new hold does. AWS's own count of images is CloudWatch's OutputImageCount (namespace AWS/Bedrock, "
    "statistic Sum, by ModelId); a call belongs to the day it was held on. Exit code 1: the figures differ."
)
_INIT = (
    "A guard makes its ledger when it starts, if it may. In a database shared with others an owner makes it once, with "
    "this command, and lets guards use it with the roles that --roles prints. Making it again changes nothing."
)
_COPY = (
    "Entries keep their numbers, and holds stay as they are. An interrupted copy goes on where it stopped when it is run "
    "again. To move: stop the guards (bursar guard stop), copy, start them on the new ledger, resume."
)
_HOMES = {
    "status": "guard_look",
    "tail": "guard_tail",
    "holds": "guard_look",
    "void": "guard_change",
    "settle": "guard_change",
    "reconcile": "guard_reconcile",
    "verify": "guard_look",
    "export": "guard_export",
    "stop": "guard_change",
    "resume": "guard_change",
    "init-ledger": "guard_init",
    "migrate": "guard_init",
    "copy": "guard_move",
    "merge": "guard_move",
}
"""Which module runs what; each is imported when it is asked for."""

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", metavar="|".join(_HOMES), required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--ledger", metavar="URL", help=_LEDGER)
    common.add_argument(
        "--scenario", metavar="FILE", help="a scenario; status and tail say what its thresholds do"
    )
    _add_reading(commands, common)
    _add_changing(commands, common)
    _add_reconcile(commands, common)
    _add_making(commands)
    _add_moving(commands, common)


def run(args: argparse.Namespace) -> int:
    from planner.guard.errors import GuardError

    action = getattr(import_module(f"planner.commands.{_HOMES[args.action]}"), args.action.replace("-", "_"))
    try:
        code: int = action(args)
    except GuardError as error:
        raise BadUsage(str(error)) from error
    return code


def _add_reading(commands: "Commands", common: argparse.ArgumentParser) -> None:
    status = commands.add_parser("status", parents=[common], help="every budget now, as a gauge")
    tail = commands.add_parser("tail", parents=[common], help="the newest entries, and new ones as they come")
    tail.add_argument(
        "-n", "--lines", type=_whole, default=20, metavar="N", help="entries to begin with (default: 20)"
    )
    tail.add_argument(
        "-f", "--follow", action="store_true", help="go on until Ctrl-C; JSON then is one object a line"
    )
    holds = commands.add_parser("holds", parents=[common], help="holds that nobody has resolved")
    holds.add_argument("--state", choices=("open", "lapsed"), help="only those (default: both)")
    verify = commands.add_parser(
        "verify", parents=[common], help="add up all entries; exit code 1 when a figure beside them differs"
    )
    for command in (status, tail, holds, verify):
        add_output_options(command)
    export = commands.add_parser("export", parents=[common], help="one row a settled call")
    add_output_options(export, ("csv", "focus", "json"))
    _add_days(export)
    export.add_argument(
        "--account",
        type=_account,
        metavar="ID",
        default="unknown",
        help="the AWS account, for FOCUS's BillingAccountId",
    )
    export.add_argument(
        "--account-name", metavar="NAME", default="unknown", help="for FOCUS's BillingAccountName"
    )


def _add_changing(commands: "Commands", common: argparse.ArgumentParser) -> None:
    void = commands.add_parser(
        "void", parents=[common], help="give a hold back: its call was certainly not billed"
    )
    settle = commands.add_parser("settle", parents=[common], help="record what a held call was billed")
    for command in (void, settle):
        command.add_argument("key", metavar="KEY", help="the hold's key, as holds and tail show it")
    settle.add_argument("--usd", required=True, metavar="AMOUNT", help="what it was billed, such as 0.04")
    stop = commands.add_parser(
        "stop", parents=[common], help="refuse every call, in every process that shares the ledger"
    )
    resume = commands.add_parser("resume", parents=[common], help="grant calls again")
    for command in (void, settle, stop):
        command.add_argument("--why", required=True, metavar="TEXT", help="recorded with it")
    for command in (void, settle, stop, resume):
        _add_who(command)


def _add_reconcile(commands: "Commands", common: argparse.ArgumentParser) -> None:
    reconcile = commands.add_parser(
        "reconcile", parents=[common], help="the ledger against what was billed", description=_RECONCILE
    )
    reconcile.add_argument(
        "--billed",
        metavar="FILE",
        help="rows of key,billed_usd (CSV, or JSON objects): what each would change",
    )
    reconcile.add_argument("--apply", action="store_true", help="with --billed: settle and void as shown")
    reconcile.add_argument("--total-images", type=_whole, metavar="N", help="compare with so many images")
    reconcile.add_argument("--total-usd", metavar="AMOUNT", help="compare with so many dollars")
    reconcile.add_argument(
        "--endpoint", metavar="URL", help="compare with what a bursar local-bedrock has billed"
    )
    reconcile.add_argument(
        "--model", metavar="GLOB", help="only calls to models that match, such as 'stability.*'"
    )
    _add_days(reconcile)
    _add_who(reconcile)
    reconcile.add_argument(
        "--why", metavar="TEXT", help="recorded with --apply (default: the name of the file)"
    )
    add_output_options(reconcile)


def _add_making(commands: "Commands") -> None:
    init = commands.add_parser(
        "init-ledger", help="make a ledger, where guards may not make it themselves", description=_INIT
    )
    init.add_argument(
        "--roles", action="store_true", help="print SQL for roles that may use the ledger; make nothing"
    )
    migrate = commands.add_parser("migrate", help="bring a ledger of an older version up to date")
    init.add_argument(
        "--print",
        dest="stack",
        choices=("cloudformation", "terraform"),
        help="print what makes a DynamoDB table and its policy; make nothing",
    )
    for command in (init, migrate):
        command.add_argument("url", metavar="URL", help="such as postgresql://owner@host/database")


def _add_moving(commands: "Commands", common: argparse.ArgumentParser) -> None:
    copy = commands.add_parser("copy", help="bring a ledger's history into another ledger", description=_COPY)
    copy.add_argument("source", metavar="FROM", help="the URL of the ledger to copy; it is not changed")
    copy.add_argument(
        "target", metavar="TO", help="the URL of an empty ledger, or of an earlier copy; made if missing"
    )
    merge = commands.add_parser(
        "merge", parents=[common], help="bring home what a machine wrote while the ledger did not answer"
    )
    merge.add_argument("journal", metavar="JOURNAL", help="such as sqlite:///guard-journal.db")
    merge.add_argument(
        "--adopt", action="store_true", help="take a journal that does not say whose it is for this ledger's"
    )


def _add_days(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--from", dest="first", type=day, metavar="DAY", help="calls held on this day (UTC) or later"
    )
    command.add_argument(
        "--to", dest="last", type=day, metavar="DAY", help="calls held on this day (UTC) or earlier"
    )


def _add_who(command: argparse.ArgumentParser) -> None:
    command.add_argument("--who", metavar="NAME", help="recorded with it (default: the login name)")


def _account(text: str) -> str:
    if text != "unknown" and not (text.isascii() and text.isdigit() and len(text) == 12):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is no AWS account id, which is 12 digits without spaces or dashes"
        )
    return text


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 0 on")
    return int(text)
