"""Totals of an endpoint that another process runs, over its control path."""

import json
from collections.abc import Mapping
from urllib.request import ProxyHandler, build_opener

from planner.guard.local_bedrock.tally import Billed, SkuTotal
from pricing.book import Sku
from pricing.money import Micros

_TIMEOUT_S = 10


def read_totals(url: str) -> tuple[Billed, Mapping[str, int]]:
    """What the endpoint at `url` billed, and its attempts by outcome; raises `OSError` when none answers."""
    direct = build_opener(ProxyHandler({}))
    with direct.open(f"{url}/_local/billed", timeout=_TIMEOUT_S) as response:
        totals = json.loads(response.read())
    by_sku = {
        Sku(each["model_id"], each["size_class"], each["quality"], each["region"]): SkuTotal(
            each["images"], Micros(each["micros"])
        )
        for each in totals["by_sku"]
    }
    return Billed(totals["images"], Micros(totals["micros"]), by_sku), totals["requests"]
