"""The ledger in a DynamoDB table: for guards on many machines that share no other database.

`ledger` runs the verbs, `transaction` is the store they run over, `table` speaks to DynamoDB, `items` says what
lies where, `templates` makes the table. `sharded` is a ledger over several of them in one table.
"""

from planner.guard.ledger.dynamodb.ledger import DynamoLedger, open_dynamodb

__all__ = ["DynamoLedger", "open_dynamodb"]
