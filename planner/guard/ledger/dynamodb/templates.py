"""How the table comes to be: made here, or by the CloudFormation and Terraform text printed here."""

import json
from typing import Any, Final

from planner.guard.ledger.dynamodb import items
from planner.guard.ledger.dynamodb.place import DynamoPlace
from planner.guard.ledger.dynamodb.table import Table

_KEYS: Final = (("p", "HASH"), ("s", "RANGE"))
_READS: Final = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
_WRITES: Final = ("dynamodb:PutItem",)


def create_table(place: DynamoPlace) -> bool:
    """Makes the table and waits until it can be used; False when it was there already. Raises `LedgerUnavailable`."""
    table = Table(place)
    try:
        return table.create(_properties(place.table))
    finally:
        table.close()


def cloudformation(table: str, shards: int | None = None) -> str:
    """A template in JSON that makes the table and a managed policy for guards."""
    properties = {
        **_properties(table),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    arn = {"Fn::GetAtt": ["Ledger", "Arn"]}
    resources = {
        "Ledger": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        },
        "GuardPolicy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": "What a Bursar guard may do to its ledger",
                "PolicyDocument": _document(arn, shards),
            },
        },
    }
    outputs = {"GuardPolicyArn": {"Value": {"Ref": "GuardPolicy"}}}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The ledger of Bursar guards",
        "Resources": resources,
        "Outputs": outputs,
    }
    return json.dumps(template, indent=2) + "\n"


def terraform(table: str, shards: int | None = None) -> str:
    """The same for Terraform's AWS provider."""
    policy = json.dumps(_document("LEDGER", shards), indent=2).replace(
        '"LEDGER"', '"${aws_dynamodb_table.ledger.arn}"'
    )
    return f"""resource "aws_dynamodb_table" "ledger" {{
  name                        = "{table}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "p"
  range_key                   = "s"
  deletion_protection_enabled = true

  attribute {{
    name = "p"
    type = "S"
  }}

  attribute {{
    name = "s"
    type = "S"
  }}

  point_in_time_recovery {{
    enabled = true
  }}

  lifecycle {{
    prevent_destroy = true
  }}
}}

resource "aws_iam_policy" "guard" {{
  name        = "{table}-guard"
  description = "What a Bursar guard may do to its ledger"
  policy      = <<-JSON
{_indented(policy)}
  JSON
}}
"""


def policy(table: str, region: str | None, shards: int | None = None) -> str:
    """The least a guard needs, as an IAM policy; replace the account."""
    arn = f"arn:aws:dynamodb:{region or '*'}:ACCOUNT_ID:table/{table}"
    return json.dumps(_document(arn, shards), indent=2) + "\n"


def _properties(table: str) -> dict[str, Any]:
    """No time to live: nothing about money expires. Capacity as it is used."""
    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in _KEYS],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in _KEYS],
    }


def _document(arn: object, shards: int | None) -> dict[str, Any]:
    """Only the lists of pending holds may lose an item: history, holds and counters cannot be deleted."""
    parts = [""] if shards is None else map(items.part, range(shards))
    lists = [f"{part}{name}" for part in parts for name in ("open", "lapsed")]
    listed = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": lists}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "ReadAndWrite", "Effect": "Allow", "Action": [*_READS, *_WRITES], "Resource": arn},
            {
                "Sid": "ResolvedHoldsLeaveTheirList",
                "Effect": "Allow",
                "Action": "dynamodb:DeleteItem",
                "Resource": arn,
                "Condition": listed,
            },
        ],
    }


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
