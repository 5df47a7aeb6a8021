"""`bursar guard init-ledger` and `migrate`: a ledger made, or brought up to date, by someone who may."""

import argparse
import sys

from planner.commands import BadUsage
from planner.guard.reading import outside
from pricing.printable import printable


def init_ledger(args: argparse.Namespace) -> int:
    """`--roles` and `--print` print text and make nothing."""
    if args.stack:
        stacks = getattr(outside(args.url), "stacks", None)
        if stacks is None:
            raise BadUsage("--print is for a ledger in DynamoDB: dynamodb://table?region=us-east-1")
        sys.stdout.write(stacks(args.url)[args.stack])
    elif args.roles:
        sys.stdout.write(outside(args.url).roles(args.url))
    else:
        _say(outside(args.url).make(args.url))
    return 0


def migrate(args: argparse.Namespace) -> int:
    _say(outside(args.url).migrate(args.url))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{printable(text, 1_000)}\n")
