"""`bursar review PATH...`: what to look at in scenarios before they are merged, and what a change does to the money."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from planner.commands import BadUsage
from planner.commands.output import write_file, write_output
from planner.commands.terminal import day, table_width, today
from planner.report.review_formats import FORMATS, review_report
from planner.review.reviewed import Review
from pricing.reading.collector import collector_paused

if TYPE_CHECKING:
    from planner.review.discover import Found

_NO_RULE = ""
"""What `--explain` is without a rule: list them all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="*", help="scenarios, or folders that hold some")
    _add_difference_options(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="how to write the result (default: text)"
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="error",
        help="exit 1 when there is a finding as serious as this (default: error)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to FILE instead of the terminal; replaced whole or not at all",
    )
    parser.add_argument(
        "--also",
        metavar="FORMAT=FILE",
        type=_form_and_file,
        action="append",
        default=[],
        help="write the same review in another format to FILE as well, such as --also sarif=review.sarif",
    )
    parser.add_argument(
        "--as-of",
        metavar="DAY",
        type=day,
        help="count the age of the prices to this day (default: today, UTC)",
    )
    parser.add_argument(
        "--explain",
        metavar="RULE",
        nargs="?",
        const=_NO_RULE,
        help="say what a rule is about and how to mend what it finds; without RULE, list them all",
    )


def _add_difference_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--against",
        metavar="REV",
        help="review only what differs from where HEAD left this git revision, and say what the change does",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="with --against: review the files that are as they were, too",
    )
    parser.add_argument(
        "--quiet-below",
        metavar="USD|PCT",
        help="with --against: leave out files in which nothing moves by this much, such as 25 or 2%%",
    )


@collector_paused()
def run(args: argparse.Namespace) -> int:
    if args.explain is not None:
        return _explain(args)
    if not args.paths:
        raise BadUsage("name a scenario, or a folder that holds some: bursar review scenarios")
    _refuse_one_file_twice(args)
    review = _reviewed(args)
    inputs = _read_files(review) if args.also or args.output else []
    for form, file in args.also:
        write_file(file, [review_report(review, form, fail_on=args.fail_on)], inputs=inputs)
    text = review_report(review, args.format, width=table_width(args), fail_on=args.fail_on)
    write_output(args, text, inputs=inputs)
    severities = ("error", "warning") if args.fail_on == "warning" else ("error",)
    return 1 if any(review.count(severity) for severity in severities) else 0


def _refuse_one_file_twice(args: argparse.Namespace) -> None:
    """Each format is a file of its own: of two in one file only the last would be left."""
    named: set[str] = set()
    for file in (*(file for _, file in args.also), *([args.output] if args.output else [])):
        real = os.path.realpath(file)
        if real in named and (os.path.isfile(real) or not os.path.exists(real)):  # noqa: PTH110, PTH113
            raise BadUsage(f"{file} is named for two formats; name a file for each")
        named.add(real)


def _read_files(review: Review) -> list[str]:
    """Whatever the review has read, none of which it may write to: scenarios, their policies and price books."""
    from planner.review.policies import policy_file_for

    books = (file.plan.book.path for file in review.files if file.plan)
    policies = (policy_file_for(file.path) for file in review.files)
    return [
        *(file.path for file in review.files),
        *(book for book in books if book),
        *(policy.path for policy in policies if policy),
    ]


def _form_and_file(text: str) -> tuple[str, str]:
    """`sarif=review.sarif`, for argparse."""
    form, _, file = text.partition("=")
    if form not in FORMATS or not file:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FORMAT=FILE; FORMAT is one of {', '.join(FORMATS)}"
        )
    return form, file


def _reviewed(args: argparse.Namespace) -> Review:
    """The review; what git or a path refuses is one line on how to call it."""
    from planner.review.discover import NoSuchPath
    from planner.review.git import GitRefused
    from planner.review.quiet import BadThreshold, parse_quiet_below
    from planner.review.run import NothingToReview, review

    if args.quiet_below is not None and args.against is None:
        raise BadUsage("--quiet-below is about changes: give --against REV as well")
    if args.all and args.against is None:
        raise BadUsage("--all is about changes: without --against every file is reviewed anyway")
    try:
        quiet = None if args.quiet_below is None else parse_quiet_below(args.quiet_below)
        result, found = review(
            args.paths,
            as_of=args.as_of or today(),
            against=args.against,
            quiet_below=quiet,
            everything=args.all,
        )
    except (NothingToReview, NoSuchPath, GitRefused, BadThreshold) as error:
        raise BadUsage(str(error)) from error
    _say_what_was_left_out(found)
    return result


def _say_what_was_left_out(found: "Found") -> None:
    if found.others:
        files = "YAML file is no scenario" if found.others == 1 else "YAML files are no scenarios"
        sys.stderr.write(f"bursar: {found.others} other {files}, so not reviewed\n")
    if found.excluded:
        files = "scenario is" if found.excluded == 1 else "scenarios are"
        sys.stderr.write(f"bursar: {found.excluded} {files} left out by review.exclude in bursar.yaml\n")


def _explain(args: argparse.Namespace) -> int:
    from planner.report.review_rules import explained, rules_listed
    from planner.review.rules import RULES
    from pricing.nearest import nearest

    if args.explain == _NO_RULE:
        write_output(args, rules_listed(RULES.values()))
        return 0
    rule = RULES.get(args.explain)
    if rule is None:
        raise BadUsage(
            f"{args.explain!r} is not a rule; {nearest(args.explain, RULES, 'bursar review --explain lists them')}"
        )
    write_output(args, explained(rule))
    return 0
