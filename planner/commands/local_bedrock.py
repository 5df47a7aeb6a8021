"""`bursar local-bedrock`: a loopback endpoint that speaks InvokeModel and counts what it would bill."""

import argparse
import signal
import sys
from collections.abc import Mapping
from datetime import date
from threading import Event

from planner.commands import BadUsage
from planner.commands.terminal import day, today
from planner.guard.local_bedrock import Billed, LocalBedrock, Served
from planner.guard.local_bedrock.faults import Seconds
from planner.guard.local_bedrock.script import FaultScript, parse_seconds, read_script
from pricing.book import PriceBook
from pricing.load import load_book
from pricing.money import format_usd
from pricing.nearest import nearest
from pricing.printable import printable

PORT = 8470
"""The default: nothing well known listens there, and a fixed one can stand in a settings file."""
DUMMY_KEY = "local"
"""Any will do: nobody checks the signature."""


_EXAMPLE = """
a fault script, each line happening once, in order, unless it says otherwise:

  latency_s: 0.5-2
  faults:
    - {fault: throttle, times: 2}
    - {fault: timeout, models: "stability.*"}
    - {fault: error, code: ModelErrorException}
    - {fault: filtered, what: some}
    - {fault: reset, probability: 0.05, billed: false}

faults: ok, latency, throttle, error, filtered, timeout, reset, hangup, truncate, stall, drip
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLE
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="N",
        help=f"listen on this port; 0 takes any free one (default: {PORT})",
    )
    parser.add_argument("--region", default="us-west-2", help="the region it plays (default: us-west-2)")
    parser.add_argument(
        "--latency",
        type=_latency,
        metavar="SECONDS",
        help="wait before every answer: 1.5, or a range such as 0.5-2",
    )
    parser.add_argument(
        "--faults", metavar="FILE", help="a fault script, YAML or JSON: what goes wrong, and when"
    )
    parser.add_argument(
        "--price-book", metavar="VERSION|PATH", help="bill by this price book instead of the default"
    )
    parser.add_argument(
        "--as-of",
        metavar="DAY",
        type=day,
        help="play this day: models past their end of life answer 404 (default: all answer)",
    )


def run(args: argparse.Namespace) -> int:
    """Serves until interrupted or terminated; the log goes to stderr, the totals to stdout."""
    book = load_book(args.price_book)
    _check_region(book, args.region)
    script = read_script(args.faults) if args.faults else FaultScript(())
    latency_s = args.latency if args.latency is not None else script.latency_s or 0.0
    local = LocalBedrock(
        book,
        args.region,
        port=args.port,
        faults=script.faults,
        seed=script.seed,
        latency_s=latency_s,
        as_of=args.as_of,
        on_request=lambda served: _say(_line(served, book, args.as_of or today())),
    )
    _start(local, args.port)
    with local:
        _say(_welcome(local))
        _until_stopped()
    sys.stdout.write(_totals(local.billed, local.requests))
    return 0


def _start(local: LocalBedrock, port: int) -> None:
    try:
        local.start()
    except OSError as error:
        reason = error.strerror or str(error)
        where = f"127.0.0.1:{port}"
        remedy = "choose another with --port, or --port 0 for any free one"
        raise BadUsage(f"cannot listen on {where}: {reason}; {remedy}") from error


def _until_stopped() -> None:
    """A shell may start background jobs with interrupts ignored, so both signals are asked for by name."""
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


def _welcome(local: LocalBedrock) -> str:
    url, region = local.url, local.region
    when = f" as of {local.as_of}" if local.as_of else ""
    keys = f"AWS_ACCESS_KEY_ID={DUMMY_KEY} AWS_SECRET_ACCESS_KEY={DUMMY_KEY}"
    named = f'aws_access_key_id="{DUMMY_KEY}", aws_secret_access_key="{DUMMY_KEY}"'
    endpoint = f"AWS_ENDPOINT_URL_BEDROCK_RUNTIME={url} AWS_REGION={region} AWS_DEFAULT_REGION={region}"
    arguments = f'"bedrock-runtime", endpoint_url="{url}", region_name="{region}"'
    return (
        f"InvokeModel on {url}: {region}, price book {local.book.version}{when}.\n"
        "Ctrl-C stops it and shows the totals.\n\n"
        f"  any SDK       export {endpoint} {keys}\n"
        f"  one client    boto3.client({arguments}, {named})\n"
        f"  its bill      curl {url}/_local/billed\n\n"
    )


def _line(served: Served, book: PriceBook, on: date) -> str:
    bill = f"{_images(served.images):>9}  {format_usd(served.micros):>7}"
    model_id, task = printable(served.model_id, 80), served.task or "-"
    return f"{model_id}  {task:<18}  {bill}  {served.outcome}{_retired(served, book, on)}\n"


def _retired(served: Served, book: PriceBook, on: date) -> str:
    """A model that answers here although AWS's no longer does is worth a word."""
    lifecycle = book.card(served.sku.model_id).lifecycle if served.sku else None
    if lifecycle is None or not lifecycle.retired(on):
        return ""
    return f" (past end of life: AWS stopped answering by {lifecycle.end_of_life})"


def _totals(billed: Billed, requests: Mapping[str, int]) -> str:
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(requests.items()))
    lines = [f"requests  {sum(requests.values()):,}{f' ({outcomes})' if outcomes else ''}"]
    lines += [f"billed    {_images(billed.images)}, {format_usd(billed.micros)}"]
    for sku, total in sorted(billed.by_sku.items(), key=lambda each: str(each[0])):
        lines.append(f"          {_images(total.images)}, {format_usd(total.micros)}  {sku}")
    return "\n".join(lines) + "\n"


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _say(text: str) -> None:
    """One write, so that lines of different threads do not mix."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _check_region(book: PriceBook, region: str) -> None:
    regions = {known for card in book.cards.values() for known in card.regions}
    if region not in regions:
        remedy = nearest(region, regions, f"known: {', '.join(sorted(regions))}")
        raise BadUsage(f"price book {book.version} has no image model in region {region[:60]!r}; {remedy}")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a port from 0 to 65535")
    return int(text)


def _latency(text: str) -> Seconds:
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write 1.5, or a range such as 0.5-2") from None
