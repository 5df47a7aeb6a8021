"""What is particular to the ledger in DynamoDB: its URL, its table, its limits, servers that die, answers that are lost."""

import json
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.client import BaseClient  # type: ignore[import-untyped]
from botocore.exceptions import ReadTimeoutError  # type: ignore[import-untyped]
from botocore.model import OperationModel  # type: ignore[import-untyped]

from planner.cli import main
from planner.guard.errors import BudgetExceeded, HoldConflict, LedgerError, LedgerUnavailable, LedgerUrlError
from planner.guard.guard import Guard
from planner.guard.ledger import Held, Ledger, Refused, open_ledger
from planner.guard.ledger.dynamodb import templates
from planner.guard.ledger.dynamodb.ledger import DynamoLedger
from planner.guard.ledger.dynamodb.place import parse_place
from planner.guard.ledger.dynamodb.table import Table
from planner.guard.ledger.outage.merging import Merge
from planner.guard.local_bedrock import LocalBedrock
from planner.guard.local_bedrock.client import new_client
from planner.guard.reading import open_to_read
from planner.scenario import Policy
from pricing.load import load_book
from pricing.overrides import with_overrides
from tests import dynamodb_local
from tests.guarding import CENT, CORE, budget, stability
from tests.ledger_engines import check_history, usd


@pytest.fixture
def url() -> str:
    return dynamodb_local.new_table()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", "names no table; write dynamodb://bursar-ledger?region=us-east-1"),
        ("a b", "names no table"),
        ("ledger?regoin=us-east-1", "did you mean region?"),
        ("ledger?region=", "option region of a DynamoDB ledger is empty"),
        ("ledger?endpoint_url=localhost:8000", "is no http or https address"),
        ("ledger?deadline_s=soon", "deadline_s is a number of seconds from 0.1 to 300, not 'soon'"),
    ],
)
def test_a_url_that_names_no_table_says_what_to_write(place: str, said: str) -> None:
    with pytest.raises(LedgerUrlError, match=r".") as caught:
        parse_place(place)
    assert said in str(caught.value)


def test_options_of_a_url_are_taken() -> None:
    """Everything a table can be reached by."""
    place = parse_place(
        "ledger?region=eu-west-1&endpoint_url=http%3A%2F%2F127.0.0.1%3A1&deadline_s=2.5&profile=p"
    )
    assert (place.table, place.region, place.endpoint_url) == ("ledger", "eu-west-1", "http://127.0.0.1:1")
    assert (place.deadline_s, place.profile, str(place)) == (2.5, "p", "dynamodb://ledger")


def test_a_missing_table_names_the_command_that_makes_it(url: str) -> None:
    with pytest.raises(
        LedgerUnavailable, match=r"there is no such table .* bursar guard init-ledger makes it"
    ):
        open_ledger(url.replace("dynamodb://ledger-", "dynamodb://no-such-"))


def test_making_a_table_again_leaves_it_as_it_is(url: str) -> None:
    """The second call says that it was there, and the history stays."""
    with open_ledger(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        assert not templates.create_table(parse_place(url.partition("://")[2]))
        assert ledger.budgets() == ("b",)


def test_nobody_answering_is_said_within_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port nobody listens on: no guess, no traceback."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    endpoint = quote("http://127.0.0.1:9", safe="")
    begun = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="cannot be reached"):
        open_ledger(f"dynamodb://ledger?region=us-east-1&endpoint_url={endpoint}&deadline_s=5")
    assert time.monotonic() - begun < 30


def test_a_table_of_another_version_is_left_alone(url: str) -> None:
    open_ledger(url).close()
    table = Table(parse_place(url.partition("://")[2]))
    key = {"p": {"S": "head"}, "s": {"S": "-"}}
    table._client.put_item(TableName=table.place.table, Item={**key, "n": {"N": "0"}, "v": {"N": "2"}})
    table.close()
    with pytest.raises(LedgerUnavailable, match="is of version 2, not 1; upgrade bursar"):
        open_ledger(url)


def test_a_table_that_is_made_anew_under_a_guard_is_noticed(url: str) -> None:
    """What it held is gone: the next verb says so and writes nothing."""
    with open_ledger(url) as ledger:
        assert isinstance(ledger, DynamoLedger)
        ledger.define("b", usd("1"), "lifetime")
        place = parse_place(url.partition("://")[2])
        table = Table(place)
        table._client.update_table(TableName=place.table, DeletionProtectionEnabled=False)
        table._client.delete_table(TableName=place.table)
        table.close()
        assert templates.create_table(place)
        with pytest.raises(LedgerUnavailable, match="holds no ledger any more"):
            ledger.hold("k", usd("1"), ["b"])
        assert not list(ledger.entries())


def test_a_closed_ledger_says_so(url: str) -> None:
    ledger = open_ledger(url)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="the ledger is closed"):
        ledger.hold("k", usd("1"), ["b"])


def test_a_call_counted_in_more_budgets_than_a_transaction_holds_is_refused(url: str) -> None:
    """A hundred items is what DynamoDB writes at once; the batch's other verbs go on."""
    names = [f"b{number:03}" for number in range(110)]
    with open_ledger(url) as ledger:
        for name in names:
            ledger.define(name, usd("1"), "lifetime")
        with pytest.raises(LedgerError, match="cannot be counted in so many budgets at once"):
            ledger.hold("wide", usd("1"), names)
        assert isinstance(ledger.hold("narrow", usd("1"), names[:90]), Held)
        check_history(ledger)


def test_many_ledgers_after_the_last_dollar_spend_it_once(url: str) -> None:
    """Eight ledgers with a connection each stand for eight machines: ten of eighty holds are granted."""
    ledgers = [open_ledger(f"{url}&deadline_s=60") for _ in range(8)]
    ledgers[0].define("b", usd("1"), "lifetime")

    def ask(number: int) -> Held | Refused:
        return ledgers[number % 8].hold(f"k{number:02}", usd("0.1"), ["b"])

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(80)))
    assert sum(isinstance(answer, Held) for answer in answers) == 10
    check_history(ledgers[0])
    for ledger in ledgers:
        ledger.close()


def test_every_read_is_consistent(url: str) -> None:
    reads: list[bool] = []

    def hear(params: dict[str, Any], **_: object) -> None:
        asked = [params, *params.get("RequestItems", {}).values()]
        reads.append(any(each.get("ConsistentRead") is True for each in asked))

    with open_ledger(url) as ledger:
        assert isinstance(ledger, DynamoLedger)
        for operation in ("BatchGetItem", "GetItem", "Query", "Scan"):
            ledger._open()._client.meta.events.register(f"provide-client-params.dynamodb.{operation}", hear)
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("0.4"), ["b"])
        ledger.extend("k", usd("0.1"))
        ledger.settle("k", usd("0.3"))
        ledger.status("b"), ledger.holds(), ledger.find("k"), ledger.verify(), ledger.lapse_due()
    assert len(reads) > 8 and all(reads)


class LostAnswers:
    """Loses the answers of a client: what was asked is done, and the asker hears nothing."""

    def __init__(self, client: BaseClient, lost: int) -> None:
        self.left = lost
        client.meta.events.register("after-call.dynamodb.TransactWriteItems", self._lose)
        client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", self._forget_token)

    def _lose(self, **_: object) -> None:
        if self.left:
            self.left -= 1
            raise ReadTimeoutError(endpoint_url="loopback")

    def _forget_token(self, params: dict[str, object], **_: object) -> dict[str, object]:
        """As after the ten minutes that DynamoDB remembers a token for."""
        return {**params, "ClientRequestToken": uuid.uuid4().hex}


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_write_whose_answer_was_lost_counts_once(url: str, lost: int) -> None:
    """The verb finds what it wrote itself and does not write again."""
    with open_ledger(url) as ledger:
        assert isinstance(ledger, DynamoLedger)
        ledger.define("b", usd("1"), "lifetime")
        answers = LostAnswers(ledger._open()._client, lost)
        assert isinstance(ledger.hold("k", usd("0.4"), ["b"]), Held)
        answers.left = lost
        assert ledger.settle("k", usd("0.3")).billed == usd("0.3")
        answers.left = lost
        assert ledger.claim_notice("b", "lifetime", 50)
        kinds = [entry.kind for entry in ledger.entries()]
        check_history(ledger)
    assert kinds == ["define", "hold", "settle", "notice"]


def test_no_answer_at_all_is_reported_as_unknown(url: str) -> None:
    """The caller retries with the same key, and it counts once."""
    with open_ledger(f"{url}&deadline_s=0.3") as ledger:
        assert isinstance(ledger, DynamoLedger)
        ledger.define("b", usd("1"), "lifetime")
        answers = LostAnswers(ledger._open()._client, 1_000)
        with pytest.raises(LedgerUnavailable, match="retry with the same key"):
            ledger.hold("k", usd("0.4"), ["b"])
        answers.left = 0
        assert isinstance(ledger.hold("k", usd("0.4"), ["b"]), Held)
        assert ledger.status("b").held == usd("0.4")
        check_history(ledger)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_verbs_asked_again_after_a_server_was_killed_lead_to_the_same_end(data_folder: Path) -> None:
    """DynamoDB Local itself forgets its last moments when killed; what it kept is a whole history, and the same keys mend it."""
    if why := dynamodb_local.missing():
        pytest.skip(why)
    options = ["-dbPath", str(data_folder)]
    process, endpoint = dynamodb_local.start(options)
    try:
        url = dynamodb_local.new_table(endpoint)
        with open_ledger(f"{url}&deadline_s=60") as ledger, open_ledger(f"{url}&deadline_s=1") as hasty:
            ledger.define("b", usd("1"), "lifetime")
            _spend_half(ledger)
            dynamodb_local.stop(process)
            with pytest.raises(LedgerUnavailable):
                hasty.hold("k5", usd("0.1"), ["b"])
            process, _ = dynamodb_local.start(options, port=int(endpoint.rpartition(":")[2]))
            check_history(ledger)
            ledger.define("b", usd("1"), "lifetime")
            _spend_half(ledger)
            status = ledger.status("b")
            assert (status.settled, status.held) == (usd("0.1"), usd("0.4"))
            check_history(ledger)
    finally:
        dynamodb_local.stop(process)


def _spend_half(ledger: Ledger) -> None:
    """Five dimes held, one of them settled; where that has been done already it is done once."""
    for number in range(5):
        with suppress(HoldConflict):
            ledger.hold(f"k{number}", usd("0.1"), ["b"])
    ledger.settle("k0", usd("0.1"))


def test_the_policy_allows_what_a_guard_does_and_nothing_more(url: str) -> None:
    """Every request of a ledger's life is held against the policy; only pending lists lose items."""
    allowed = json.loads(templates.policy("t", "us-east-1"))["Statement"]
    actions = {action for statement in allowed for action in _listed(statement["Action"])}
    with open_ledger(url) as ledger:
        assert isinstance(ledger, DynamoLedger)
        used: set[str] = set()
        deleted: set[str] = set()

        def record(params: dict[str, str], model: OperationModel, **_: object) -> None:
            body = json.loads(params["body"])
            if model.name != "TransactWriteItems":
                used.add(f"dynamodb:{model.name}")
            for action in body.get("TransactItems", ()):
                ((kind, request),) = action.items()
                used.add(f"dynamodb:{kind}Item")
                if kind == "Delete":
                    deleted.add(request["Key"]["p"]["S"])

        ledger._open()._client.meta.events.register("before-call.dynamodb", record)
        ledger.define("b", usd("9"), "day")
        for key in ("a", "b", "c"):
            ledger.hold(key, usd("1"), ["b"], lease_s=0.001)
        ledger.settle("a", usd("1"))
        ledger.void("b")
        time.sleep(0.002)
        assert ledger.lapse_due() == 1
        ledger.settle("c", usd("2"))
        ledger.claim_notice("b", ledger.status("b").period, 50)
        ledger.stop("enough", "ana")
        ledger.resume("ana")
        assert ledger.holds() == ledger.verify() == ()
    assert used <= actions
    assert deleted == {"open", "lapsed"}


def test_the_cloudformation_template_makes_a_table_that_serves(url: str) -> None:
    """Its properties, given to DynamoDB as they are; nothing in it expires or is deleted with the stack."""
    template = json.loads(templates.cloudformation("from-template"))
    ledger = template["Resources"]["Ledger"]
    properties = {
        name: value
        for name, value in ledger["Properties"].items()
        if name != "PointInTimeRecoverySpecification"
    }
    assert (ledger["DeletionPolicy"], "TimeToLiveSpecification" in properties) == ("Retain", False)
    name = f"from-template-{time.time_ns()}"
    table = Table(parse_place(url.partition("://")[2]))
    assert table.create({**properties, "TableName": name})
    table.close()
    _, separator, query = url.partition("?")
    with open_ledger(f"dynamodb://{name}{separator}{query}") as opened:
        assert opened.budgets() == ()


def test_terraform_makes_the_same_table() -> None:
    """The same keys, capacity and protection, and the policy names the table Terraform makes."""
    text = templates.terraform("ledger")
    for line in ('hash_key                    = "p"', 'range_key                   = "s"', "PAY_PER_REQUEST"):
        assert line in text
    assert '"Resource": "${aws_dynamodb_table.ledger.arn}"' in text
    assert "ttl" not in text


def _listed(action: object) -> list[str]:
    return [action] if isinstance(action, str) else list(action)  # type: ignore[call-overload]


def test_a_guard_bridges_an_outage_of_its_table(data_folder: Path) -> None:
    """Real calls before, during, from a guard started meanwhile, and after: what the endpoint billed, each call once."""
    if why := dynamodb_local.missing():
        pytest.skip(why)
    options = ["-dbPath", str(data_folder)]
    process, endpoint = dynamodb_local.start(options)
    table = dynamodb_local.new_table(endpoint)
    open_ledger(f"{table}&deadline_s=60").close()
    journal = f"sqlite:///{data_folder}/journal.db"
    book = with_overrides(load_book(), (CENT,))

    def guard_on(ledger: str) -> Guard:
        policy = Policy(ledger_down="allow")
        return Guard.from_policy(
            [budget("0.08")], policy=policy, ledger=ledger, price_overrides=[CENT], journal=journal
        )

    try:
        with LocalBedrock(book) as bedrock:
            client = new_client(bedrock.url, "us-west-2")
            with guard_on(f"{table}&deadline_s=5") as guard:
                guard.attach(client)
                for _ in range(3):
                    client.invoke_model(modelId=CORE, body=stability())
                process.terminate()
                process.wait()
                for _ in range(3):
                    client.invoke_model(modelId=CORE, body=stability())
            with guard_on(f"{table}&deadline_s=5") as guard:
                guard.attach(client)
                client.invoke_model(modelId=CORE, body=stability())
            process, _ = dynamodb_local.start(options, port=int(endpoint.rpartition(":")[2]))
            with guard_on(f"{table}&deadline_s=60") as guard:
                guard.attach(client)
                Merge(journal, table).bring()
                client.invoke_model(modelId=CORE, body=stability())
                with pytest.raises(BudgetExceeded):
                    client.invoke_model(modelId=CORE, body=stability())
                (status,) = guard.status()
                assert (status.settled, status.held) == (bedrock.billed.micros, 0)
                assert bedrock.billed.images == 8
            client.close()
    finally:
        dynamodb_local.stop(process)


def test_commands_look_at_a_table_and_set_it_right(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """status, tail, holds, settle, verify and export, as on a file."""
    with open_ledger(url) as ledger:
        ledger.define("b", usd("1"), "lifetime")
        ledger.hold("k", usd("0.4"), ["b"], tags={"sku": "core"})
    assert main(["guard", "status", "--ledger", url]) == 0
    assert "$0.40" in capsys.readouterr().out
    assert main(["guard", "holds", "--ledger", url]) == 0
    assert "k" in capsys.readouterr().out
    assert main(["guard", "settle", "k", "--usd", "0.3", "--why", "the bill", "--ledger", url]) == 0
    assert main(["guard", "tail", "--ledger", url]) == 0
    assert "settle" in capsys.readouterr().out
    assert main(["guard", "verify", "--ledger", url]) == 0
    assert main(["guard", "export", "--ledger", url]) == 0
    assert "0.3" in capsys.readouterr().out


def test_a_view_changes_nothing(url: str) -> None:
    """Its verbs are refused, and looking at a new table leaves it empty."""
    with open_to_read(url) as view:
        assert (view.last_seq(), view.budgets(), list(view.entries())) == (0, (), [])
        with pytest.raises(LedgerUnavailable, match="is open for reading only"):
            view.hold("k", usd("1"), ["b"])


def test_init_ledger_makes_the_table_once(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fresh = url.replace("dynamodb://ledger-", "dynamodb://fresh-")
    assert main(["guard", "init-ledger", fresh]) == 0
    assert "made; it is billed by request" in capsys.readouterr().out
    assert main(["guard", "init-ledger", fresh]) == 0
    assert "is a ledger already; nothing changed" in capsys.readouterr().out
    assert main(["guard", "init-ledger", "--roles", fresh]) == 0
    assert "dynamodb:PutItem" in capsys.readouterr().out
