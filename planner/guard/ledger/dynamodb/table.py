"""DynamoDB as the ledger uses it: strongly consistent reads, and writes that happen entirely or not at all.

Its answers are mapped here once: what is worth another try, what nobody can know, what a person has to mend.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import boto3  # type: ignore[import-untyped]
from botocore.client import BaseClient  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from planner.guard.errors import LedgerUnavailable
from planner.guard.ledger.dynamodb.items import Item, Key, Wire, from_wire, key_of, to_wire, wire_key
from planner.guard.ledger.dynamodb.place import DynamoPlace

MOST_ACTIONS: Final = 100
"""Items in one transaction: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_MOST_READ: Final = 100
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.5
_AGAIN: Final = frozenset(
    {
        "InternalServerError",
        "ServiceUnavailable",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionInProgressException",
        "LimitExceededException",
    }
)


class Conflict(Exception):
    """Somebody else wrote first: nothing was written."""

    def __init__(self, found: Item | None) -> None:
        super().__init__()
        self.found = found
        """The item whose condition failed, as it is now; None where DynamoDB does not say."""


class Unsure(Exception):
    """No answer came: it was written, or not."""


class Deadline:
    """What is left of a verb's time, and growing pauses with jitter in between."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE_S

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._until

    def rest(self, most: float = _LONGEST_PAUSE_S) -> None:
        left = max(0.0, self._until - time.monotonic())
        pause = random.uniform(0, min(self._pause, most))  # noqa: S311 - spreads retries, guards nothing
        time.sleep(min(left, pause))
        self._pause = min(_LONGEST_PAUSE_S, self._pause * 2)


class Table:
    """One table of one account, or a part of it; threads share it, processes do not."""

    def __init__(self, place: DynamoPlace, part: str = "", whole: "Table | None" = None) -> None:
        """`part` goes before every partition key; the parts of a table share the connections of the whole."""
        self.place = place
        self._part = part
        self._owns_client = whole is None
        self._client: BaseClient = _client(place) if whole is None else whole._client

    def close(self) -> None:
        if self._owns_client:
            self._client.close()

    def deadline(self) -> Deadline:
        return Deadline(self.place.deadline_s)

    def get(self, keys: Iterable[Key], deadline: Deadline) -> dict[Key, Item]:
        """The items that exist, each as of a moment not before the call."""
        wanted = [self._sent(wire_key(key)) for key in dict.fromkeys(keys)]
        found: dict[Key, Item] = {}
        while wanted:
            some, wanted = wanted[:_MOST_READ], wanted[_MOST_READ:]
            request = {self.place.table: {"Keys": some, "ConsistentRead": True}}
            answer = self._ask(self._client.batch_get_item, deadline, RequestItems=request)
            for wire in answer["Responses"].get(self.place.table, ()):
                item = self._received(wire)
                found[key_of(item)] = item
            left = answer.get("UnprocessedKeys", {}).get(self.place.table, {}).get("Keys", [])
            if left:
                wanted += left
                self._wait(deadline, "DynamoDB is throttling reads")
        return found

    def query(
        self, partition: str, *, after: str = "", most: int | None = None, deadline: Deadline | None = None
    ) -> Iterator[Item]:
        """The items of a partition in order of their sort key, from the first one after `after` on."""
        condition, values = "p = :p", {":p": {"S": self._part + partition}}
        if after:
            condition, values = f"{condition} AND s > :s", {**values, ":s": {"S": after}}
        request: dict[str, Any] = {
            "TableName": self.place.table,
            "ConsistentRead": True,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        while True:
            if most is not None:
                request["Limit"] = most
            answer = self._ask(self._client.query, deadline or self.deadline(), **request)
            yield from map(self._received, answer["Items"])
            most = None if most is None else most - len(answer["Items"])
            if "LastEvaluatedKey" not in answer or most == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def transact(self, actions: Sequence[dict[str, Any]], token: str) -> None:
        """All the writes or none; raises `Conflict` or `Unsure`. The same token writes at most once for ten minutes."""
        try:
            self._client.transact_write_items(TransactItems=self.addressed(actions), ClientRequestToken=token)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "TransactionCanceledException":
                raise self._cancelled(error) from error
            if code in _AGAIN or code == "IdempotentParameterMismatchException":
                raise Unsure from error
            raise self._explain(error) from error
        except HTTPClientError as error:
            raise Unsure from error
        except BotoCoreError as error:
            raise self._explain(error) from error

    def addressed(self, actions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The actions of a transaction on this part, for a transaction on the whole table."""
        return [self._addressed(action) for action in actions] if self._part else list(actions)

    def write(self, item: Item) -> None:
        """Whatever was there before; for what no count depends on, so a failure is nobody's."""
        with suppress(ClientError, BotoCoreError):
            self._client.put_item(TableName=self.place.table, Item=self._sent(to_wire(item)))

    def create(self, properties: dict[str, Any]) -> bool:
        """Makes the table and waits until it serves; False when it exists."""
        try:
            self._client.create_table(**properties)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceInUseException":
                return False
            raise self._explain(error) from error
        except BotoCoreError as error:
            raise self._explain(error) from error
        self._client.get_waiter("table_exists").wait(
            TableName=self.place.table, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
        return True

    def _cancelled(self, error: ClientError) -> Exception:
        reasons = error.response.get("CancellationReasons", ())
        codes = {reason.get("Code") for reason in reasons}
        if codes & {"ValidationError", "ItemCollectionSizeLimitExceeded"}:
            return self._explain(error)
        found = (self._received(reason["Item"]) for reason in reasons if "Item" in reason)
        return Conflict(next(found, None))

    def _addressed(self, action: dict[str, Any]) -> dict[str, Any]:
        ((kind, request),) = action.items()
        named = "Item" if "Item" in request else "Key"
        return {kind: {**request, named: self._sent(request[named])}}

    def _sent(self, wire: Wire) -> Wire:
        return {**wire, "p": {"S": self._part + wire["p"]["S"]}} if self._part else wire

    def _received(self, wire: Wire) -> Item:
        item = from_wire(wire)
        if self._part:
            item["p"] = str(item["p"]).removeprefix(self._part)
        return item

    def _ask(self, request: Callable[..., Any], deadline: Deadline, **options: object) -> dict[str, Any]:
        """A read's answer; it is asked again until the deadline where that can help."""
        while True:
            try:
                answer: dict[str, Any] = request(**options)
                return answer
            except ClientError as error:
                if error.response["Error"]["Code"] not in _AGAIN or deadline.passed:
                    raise self._explain(error) from error
            except HTTPClientError as error:
                if deadline.passed:
                    raise self._explain(error) from error
            except BotoCoreError as error:
                raise self._explain(error) from error
            deadline.rest()

    def _wait(self, deadline: Deadline, why: str) -> None:
        if deadline.passed:
            raise LedgerUnavailable(f"{self.place}: {why}", advice="retry with the same key")
        deadline.rest()

    def _explain(self, error: Exception) -> LedgerUnavailable:
        return LedgerUnavailable(f"{self.place}: {_said(error)}")


def _said(error: Exception) -> str:
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        return _REMEDIES.get(code, f"DynamoDB answered {code}: {message[:200]}")
    if isinstance(error, NoCredentialsError):
        return "there are no AWS credentials; set up a profile, a role or AWS_ACCESS_KEY_ID"
    return f"cannot be reached: {str(error)[:200]}; look at the network and the endpoint"


_REMEDIES: Final = {
    "ResourceNotFoundException": "there is no such table in this account and region; bursar guard init-ledger makes it",
    "AccessDeniedException": "these AWS credentials may not use the table; bursar guard init-ledger --print policy says what they need",
    "UnrecognizedClientException": "AWS does not know these credentials; look at the profile or the keys",
    "ExpiredTokenException": "the AWS credentials have expired; sign in again",
}


def _client(place: DynamoPlace) -> BaseClient:
    """Retries are ours: a transaction whose answer was lost needs more care than botocore's own repetition."""
    config = Config(
        connect_timeout=min(2.0, place.deadline_s),
        read_timeout=min(5.0, place.deadline_s / 2),  # one answer that never comes leaves time to ask again
        retries={"total_max_attempts": 1},
        max_pool_connections=8 * place.shards if place.shards else 4,
    )
    try:
        session = boto3.Session(profile_name=place.profile, region_name=place.region)
        return session.client("dynamodb", endpoint_url=place.endpoint_url, config=config)
    except NoRegionError as error:
        raise LedgerUnavailable(f"{place}: no AWS region is set; add ?region=us-east-1 to the URL") from error
    except (ProfileNotFound, BotoCoreError, ValueError) as error:
        raise LedgerUnavailable(f"{place}: {str(error)[:200]}") from error


def put(table: str, wire: Wire) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": wire}}


def delete(table: str, key: Key) -> dict[str, Any]:
    return {"Delete": {"TableName": table, "Key": wire_key(key)}}
