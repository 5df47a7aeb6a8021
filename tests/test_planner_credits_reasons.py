"""Every draw and every line of cash says why, in one sentence."""

import pytest

from planner.credits import CreditError, CreditPool, waterfall
from tests.credits_support import charge, pool

EC2 = "Amazon Elastic Compute Cloud"
CORE = "Stable Image Core (Amazon Bedrock Edition)"
JANUARY = [charge("2027-01", "100")]


def why(first: CreditPool, second: CreditPool, pool_id: str) -> str:
    return waterfall([first, second], JANUARY).why("2027-01", pool_id, "A", "Amazon Bedrock")


def test_the_only_pool_in_force_pays_because_no_other_does() -> None:
    """A pool that is paused is no rival."""
    text = why(pool("poc", "500"), pool("act", "500", status="paused"), "poc")
    assert text == "poc pays: it is the only credit in 2027-01 that covers Amazon Bedrock."


def test_the_first_pool_pays_because_it_expires_soonest() -> None:
    text = why(pool("poc", "500", expires="2027-11-30"), pool("act", "9", expires="2028-05-31"), "poc")
    assert text == "poc pays first: poc expires sooner (2027-11-30; act 2028-05-31)."


def test_the_second_pool_pays_what_the_first_leaves() -> None:
    text = why(pool("poc", "60", expires="2027-11-30"), pool("act", "900", expires=None), "act")
    assert text == "act pays what poc leaves: poc expires sooner (2027-11-30; act never)."


def test_a_pool_that_runs_out_says_so() -> None:
    """$50 of $100 in 31 days: the 16th."""
    text = why(pool("poc", "50", expires="2027-11-30"), pool("act", "900"), "poc")
    assert text == (
        "poc pays first: poc expires sooner (2027-11-30; act 2027-12-31);"
        " it runs out on 2027-01-16, its own account and then the largest charges first."
    )


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (
            pool("poc", "500", application_type="before", expires=None),
            pool("act", "500"),
            "poc is applied before discounts, act is not known to be",
        ),
        (
            pool("poc", "500", products=("Amazon Bedrock", EC2)),
            pool("act", "500"),
            "poc and act expire alike, and poc pays for fewer products (2; act every product)",
        ),
        (
            pool("poc", "500", product_count=2),
            pool("act", "500", product_count=7),
            "poc and act expire alike, and poc pays for fewer products (2; act 7)",
        ),
        (
            pool("poc", "500", starts="2026-06-01"),
            pool("act", "500", starts="2026-07-01"),
            "poc and act expire alike, and poc is older (2026-06-01; 2026-07-01)",
        ),
        (
            pool("poc", "500"),
            pool("zeal", "500"),
            "poc and zeal are alike in all that AWS looks at, so their names decide",
        ),
    ],
)
def test_the_rule_that_tells_two_pools_apart_is_named(
    first: CreditPool, second: CreditPool, reason: str
) -> None:
    assert why(first, second, "poc") == f"poc pays first: {reason}."


def test_asking_for_a_draw_that_was_not_made_is_an_error() -> None:
    result = waterfall([pool("poc", "500")], JANUARY)
    with pytest.raises(CreditError, match="poc pays nothing of 'Amazon S3' of account A in 2027-01"):
        result.why("2027-01", "poc", "A", "Amazon S3")
    with pytest.raises(CreditError, match="poc pays nothing"):
        result.why("2030-01", "poc", "A", "Amazon Bedrock")
    with pytest.raises(CreditError, match="'Amazon Bedrock' of account A costs no cash in 2027-01"):
        result.why_unpaid("2027-01", "A", "Amazon Bedrock")


def cash(*pools: CreditPool, core: bool = False) -> str:
    """Why $100 of Core on Marketplace, or of Bedrock, is paid in cash."""
    line = charge("2027-01", "100", CORE, entity="marketplace") if core else JANUARY[0]
    result = waterfall(pools, [line])
    text = result.why_unpaid("2027-01", "A", line.product)
    amount, _, reasons = text.partition(f" of {line.product} is paid in cash: ")
    assert amount.startswith("$")
    return reasons


def test_cash_says_how_much_and_why_no_pool_paid() -> None:
    result = waterfall([], JANUARY)
    assert result.why_unpaid("2027-01", "A", "Amazon Bedrock") == (
        "$100.00 of Amazon Bedrock is paid in cash: there is no credit pool."
    )


def test_no_pool_pays_marketplace_models() -> None:
    """Where coverage is not known, the sentence says whose."""
    assert cash(pool("poc", "9", bedrock_third_party="no"), core=True) == (
        "no credit pool is known to pay models billed through AWS Marketplace."
    )
    assert cash(pool("poc", "9"), pool("act", "9", bedrock_third_party="no"), core=True) == (
        "no credit pool is known to pay models billed through AWS Marketplace; not known of poc, taken as no."
    )


def test_no_pool_lists_the_product() -> None:
    assert cash(pool("poc", "9", products=(EC2,))) == "no credit pool covers Amazon Bedrock."


@pytest.mark.parametrize(
    ("hindered", "reason"),
    [
        (pool("poc", "9", products=(EC2,)), "poc does not cover Amazon Bedrock"),
        (pool("poc", "9", owner_account="B", shared=False), "poc is not shared with account A"),
        (pool("poc", "9", status="paused"), "poc is paused"),
        (pool("poc", "9", starts="2027-02-01"), "poc starts on 2027-02-01"),
        (pool("poc", "9", starts="2026-02-01", expires="2026-12-31"), "poc expired on 2026-12-31"),
        (pool("poc", "0"), "poc is empty from the start"),
        (pool("poc", "900", expires="2027-01-14"), "poc pays only usage dated to 2027-01-14"),
    ],
)
def test_each_pool_that_could_not_pay_says_what_hindered_it(hindered: CreditPool, reason: str) -> None:
    """Beside a pool of $31 that lasts ten of January's 31 days at most."""
    assert reason in cash(hindered, pool("small", "31"))


def test_a_pool_that_ran_out_says_when() -> None:
    """$130: all of January's $100, and $30 of February's $100: 9 of 28 days."""
    charges = [charge(month, "100") for month in ("2027-01", "2027-02", "2027-03")]
    result = waterfall([pool("poc", "130")], charges)
    assert result.why_unpaid("2027-02", "A", "Amazon Bedrock") == (
        "$70.00 of Amazon Bedrock is paid in cash: poc runs out on 2027-02-09."
    )
    assert result.why_unpaid("2027-03", "A", "Amazon Bedrock") == (
        "$100.00 of Amazon Bedrock is paid in cash: poc ran out on 2027-02-09."
    )


def test_a_pool_cut_at_both_ends_names_both_days() -> None:
    few = pool("few", "900", starts="2027-01-05", expires="2027-01-09")
    result = waterfall([few], JANUARY, start="start_date")
    assert "few pays only usage dated from 2027-01-05 to 2027-01-09" in result.why_unpaid(
        "2027-01", "A", "Amazon Bedrock"
    )


def test_only_the_part_that_costs_cash_is_explained() -> None:
    """Tax on Bedrock is cash; the Bedrock usage of the same name is paid and needs no excuse."""
    charges = [charge("2027-01", "5", kind="tax"), charge("2027-01", "100")]
    result = waterfall([pool("poc", "900")], charges)
    assert result.why_unpaid("2027-01", "A", "Amazon Bedrock") == (
        "$5.00 of Amazon Bedrock is paid in cash: no credit pays charges of kind tax."
    )


def test_charges_no_credit_pays_say_so() -> None:
    charges = [
        charge("2027-01", "5", "Tax", kind="tax"),
        charge("2027-01", "6", "Datadog Pro", entity="marketplace", bedrock_third_party=False),
    ]
    result = waterfall([pool("poc", "900", bedrock_third_party="yes")], charges)
    assert result.why_unpaid("2027-01", "A", "Tax") == (
        "$5.00 of Tax is paid in cash: no credit pays charges of kind tax."
    )
    assert result.why_unpaid("2027-01", "A", "Datadog Pro") == (
        "$6.00 of Datadog Pro is paid in cash:"
        " it is an AWS Marketplace charge and not a Bedrock model, which no credit pays."
    )
