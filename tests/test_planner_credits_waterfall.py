"""Who pays in which order: pools by expiry, products and age; charges by account, service and size."""

import pytest

from planner.credits import waterfall
from tests.credits_support import charge, on_days, pool, usd

EC2 = "Amazon Elastic Compute Cloud"
CORE = "Stable Image Core (Amazon Bedrock Edition)"


def test_the_pool_that_expires_soonest_pays_first() -> None:
    """Of $100 the pool of June pays its $60, the pool of July the other $40."""
    july, june = pool("july", "500", expires="2027-07-31"), pool("june", "60", expires="2027-06-30")
    assert waterfall([july, june], [charge("2027-01", "100")]).draws["2027-01"] == usd(june="60", july="40")


def test_a_pool_that_never_expires_pays_last_and_forfeits_nothing() -> None:
    """$100 in each of two months: $150 from the pool that ends, then $50 of the open one."""
    pools = [pool("open", "80", expires=None), pool("ends", "150", expires="2030-12-31")]
    result = waterfall(pools, [charge("2027-01", "100"), charge("2027-02", "100")])
    assert result.draws == {"2027-01": usd(ends="100"), "2027-02": usd(ends="50", open="50")}
    assert result.ending_balance == usd(open="30", ends="0")
    assert result.forfeited == {}


def test_among_pools_that_expire_alike_fewest_products_pay_first() -> None:
    """Two products go before three, three before all."""
    pools = [
        pool("every", "900", products=("*",)),
        pool("three", "30", products=("Amazon Bedrock", EC2, "Amazon S3")),
        pool("two", "20", products=("Amazon Bedrock", EC2)),
    ]
    paid = waterfall(pools, [charge("2027-01", "100")]).draws["2027-01"]
    assert paid == usd(two="20", three="30", every="50")


def test_the_product_count_aws_states_overrides_the_names_listed() -> None:
    """One name listed of AWS's 90 goes after two names of two; `*` counted as 1 goes before both."""
    pools = [
        pool("one-of-90", "900", products=("Amazon Bedrock",), product_count=90),
        pool("two", "20", products=("Amazon Bedrock", EC2)),
        pool("star", "10", product_count=1),
    ]
    paid = waterfall(pools, [charge("2027-01", "100")]).draws["2027-01"]
    assert paid == {"star": 10_000_000, "two": 20_000_000, "one-of-90": 70_000_000}


def test_among_pools_alike_the_oldest_pays_first_and_then_the_id() -> None:
    """Issued in May before issued in June; of two issued in June, `a` before `b`."""
    pools = [
        pool("b", "900", starts="2026-06-01"),
        pool("a", "10", starts="2026-06-01"),
        pool("may", "20", starts="2026-05-31"),
    ]
    assert waterfall(pools, [charge("2027-01", "100")]).draws["2027-01"] == usd(may="20", a="10", b="70")


def test_credits_before_discounts_pay_first_when_honoured() -> None:
    """`before` beats an earlier expiry; ignored, expiry alone decides."""
    pools = [
        pool("before", "40", expires="2029-12-31", application_type="before"),
        pool("after", "40", expires="2028-12-31", application_type="after"),
    ]
    charges = [charge("2027-01", "60")]
    assert waterfall(pools, charges).draws["2027-01"] == usd(before="40", after="20")
    ignored = waterfall(pools, charges, application_type="ignore").draws["2027-01"]
    assert ignored == usd(after="40", before="20")


@pytest.mark.parametrize(("after", "unknown"), [("2027-06-30", "2027-12-31"), ("2027-12-31", "2027-06-30")])
def test_credits_of_unknown_application_sort_like_those_after_discounts(after: str, unknown: str) -> None:
    """Between the two, the sooner expiry decides."""
    pools = [
        pool("after", "60", expires=after, application_type="after"),
        pool("unknown", "60", expires=unknown),
    ]
    sooner = "after" if after < unknown else "unknown"
    assert waterfall(pools, [charge("2027-01", "60")]).draws["2027-01"] == usd(**{sooner: "60"})


def test_the_largest_service_is_paid_first() -> None:
    """A $300 pool goes to $250 of EC2 before $100 of images: $50 of images is cash."""
    result = waterfall([pool("promo", "300")], [charge("2027-01", "100"), charge("2027-01", "250", EC2)])
    assert result.draw_lines["2027-01"] == {
        ("promo", "A", EC2): 250_000_000,
        ("promo", "A", "Amazon Bedrock"): 50_000_000,
    }
    assert result.out_of_pocket_lines["2027-01"] == {("A", "Amazon Bedrock"): 50_000_000}


def test_aws_own_example_of_two_credits() -> None:
    """$10 for EC2 or S3 to January, $5 for EC2 to December; $100 EC2 and $50 S3: pay 85 and 50."""
    pools = [
        pool("one", "10", starts="2018-01-01", expires="2019-01-31", products=(EC2, "Amazon S3")),
        pool("two", "5", starts="2018-01-01", expires="2019-12-31", products=(EC2,)),
    ]
    result = waterfall(pools, [charge("2019-01", "50", "Amazon S3"), charge("2019-01", "100", EC2)])
    assert result.out_of_pocket_lines["2019-01"] == {("A", EC2): 85_000_000, ("A", "Amazon S3"): 50_000_000}


def test_a_service_is_as_large_as_all_its_lines() -> None:
    """EC2 in two parts of $60 and $50 goes before one Bedrock line of $100."""
    charges = [
        on_days("2027-01-01", "2027-01-10", "60", EC2),
        on_days("2027-01-11", "2027-01-20", "50", EC2),
        charge("2027-01", "100"),
    ]
    paid = waterfall([pool("promo", "110")], charges).draw_lines["2027-01"]
    assert paid == {("promo", "A", EC2): 110_000_000}


def test_within_a_service_the_larger_line_is_paid_first() -> None:
    """The first pool takes the $60 of later days, so the one that ends on the 10th still finds its $40."""
    charges = [on_days("2027-02-01", "2027-02-10", "40"), on_days("2027-02-11", "2027-02-20", "60")]
    pools = [
        pool("first", "60", application_type="before"),
        pool("to-the-10th", "100", expires="2027-02-10"),
    ]
    result = waterfall(pools, charges)
    assert result.draws["2027-02"] == {"first": 60_000_000, "to-the-10th": 40_000_000}
    assert result.total_out_of_pocket == 0


def test_after_the_owner_the_account_that_spends_most_is_paid() -> None:
    """Owner A's $10, then C's $70 in two services; B has the largest service, $60, and comes last."""
    charges = [
        charge("2027-01", "10", account="A"),
        charge("2027-01", "60", account="B"),
        charge("2027-01", "40", account="C"),
        charge("2027-01", "30", EC2, account="C"),
    ]
    result = waterfall([pool("promo", "100")], charges)
    assert result.out_of_pocket_lines["2027-01"] == {("B", "Amazon Bedrock"): 40_000_000}


def test_only_spend_the_pool_can_pay_makes_an_account_large() -> None:
    """B's $900 of support and of Marketplace count for nothing: C's $50 of usage goes before B's $20."""
    charges = [
        charge("2027-01", "400", "AWS Support", account="B", kind="support"),
        charge("2027-01", "500", CORE, account="B", entity="marketplace"),
        charge("2027-01", "20", account="B"),
        charge("2027-01", "50", account="C"),
    ]
    result = waterfall([pool("promo", "50", bedrock_third_party="no")], charges)
    assert result.draw_lines["2027-01"] == {("promo", "C", "Amazon Bedrock"): 50_000_000}


def test_spend_outside_the_pool_s_days_does_not_make_an_account_large() -> None:
    """The pool ends on the 14th: B's $200 lies later, so C's $28, half of it in time, beats B's $10."""
    charges = [
        on_days("2027-02-15", "2027-02-28", "200", account="B"),
        on_days("2027-02-01", "2027-02-14", "10", EC2, account="B"),
        charge("2027-02", "28", account="C"),
    ]
    result = waterfall([pool("promo", "14", expires="2027-02-14")], charges)
    assert result.draw_lines["2027-02"] == {("promo", "C", "Amazon Bedrock"): 14_000_000}


def test_each_pool_looks_at_what_the_pools_before_it_left() -> None:
    """The first pool pays $60 of B's $90; the second then finds C's $50 larger than B's $30."""
    charges = [charge("2027-01", "90", account="B"), charge("2027-01", "50", account="C")]
    pools = [pool("first", "60", expires="2027-06-30"), pool("second", "50")]
    result = waterfall(pools, charges)
    assert result.draw_lines["2027-01"] == {
        ("first", "B", "Amazon Bedrock"): 60_000_000,
        ("second", "C", "Amazon Bedrock"): 50_000_000,
    }


def test_ties_go_by_account_and_product_name() -> None:
    """Equal amounts: account B before C, and in it Amazon EC2 before Amazon S3."""
    charges = [
        charge("2027-01", "10", product, account=account)
        for account in ("C", "B")
        for product in ("Amazon S3", "Amazon EC2")
    ]
    paid = waterfall([pool("promo", "15")], charges).draw_lines["2027-01"]
    assert paid == {("promo", "B", "Amazon EC2"): 10_000_000, ("promo", "B", "Amazon S3"): 5_000_000}


def test_a_pool_that_is_not_shared_pays_only_its_owner() -> None:
    """The pool of B leaves A's $40 to cash and keeps $10."""
    charges = [charge("2027-01", "40", account="A"), charge("2027-01", "90", account="B")]
    result = waterfall([pool("promo", "100", owner_account="B", shared=False)], charges)
    assert result.out_of_pocket_lines["2027-01"] == {("A", "Amazon Bedrock"): 40_000_000}
    assert result.ending_balance == usd(promo="10")


def test_a_paused_pool_pays_nothing_and_still_expires() -> None:
    result = waterfall(
        [pool("promo", "100", expires="2027-01-31", status="paused")], [charge("2027-01", "40")]
    )
    assert result.draws == {"2027-01": {}}
    assert result.forfeited["promo"][1] == 100_000_000


@pytest.mark.parametrize(
    ("coverage", "reading", "cash"),
    [
        ("yes", "conservative", "0"),
        ("no", "optimistic", "30"),
        ("unknown", "conservative", "30"),
        ("unknown", "optimistic", "0"),
    ],
)
def test_marketplace_models_are_paid_as_the_pool_says(coverage: str, reading: str, cash: str) -> None:
    """$30 of Stability: whatever the products say, the pool's own word counts; unknown is a range."""
    promo = pool("promo", "100", products=("Amazon S3",), bedrock_third_party=coverage)  # type: ignore[arg-type]
    charges = [charge("2027-01", "30", CORE, entity="marketplace")]
    result = waterfall([promo], charges, unknown_coverage=reading)  # type: ignore[arg-type]
    assert result.out_of_pocket == usd(**{"2027-01": cash})


def test_listing_a_marketplace_product_does_not_make_a_pool_pay_it() -> None:
    promo = pool("promo", "100", products=(CORE,), bedrock_third_party="no")
    result = waterfall([promo], [charge("2027-01", "30", CORE, entity="marketplace")])
    assert result.total_out_of_pocket == 30_000_000


def test_other_marketplace_software_is_never_paid() -> None:
    """Not even by a pool that pays every product and third-party models."""
    charges = [charge("2027-01", "30", "Datadog Pro", entity="marketplace", bedrock_third_party=False)]
    promo = pool("promo", "100", bedrock_third_party="yes")
    assert waterfall([promo], charges).total_out_of_pocket == 30_000_000


def test_marketplace_lines_of_one_name_are_told_apart() -> None:
    """$30 of a Bedrock model is paid, $12 of other software sold under the same name is not, in either order."""
    charges = [
        charge("2027-01", amount, "Studio", entity="marketplace", bedrock_third_party=model)
        for amount, model in (("30", True), ("12", False))
    ]
    for given in (charges, charges[::-1]):
        result = waterfall([pool("promo", "100", bedrock_third_party="yes")], given)
        assert result.out_of_pocket["2027-01"] == 12_000_000


def test_a_pool_pays_only_products_it_lists_by_their_exact_names() -> None:
    promo = pool("promo", "100", products=("Amazon Bedrock", "Amazon S3"))
    charges = [charge("2027-01", "30"), charge("2027-01", "20", "Amazon Bedrock Service")]
    result = waterfall([promo], charges)
    assert result.out_of_pocket_lines["2027-01"] == {("A", "Amazon Bedrock Service"): 20_000_000}


@pytest.mark.parametrize("kind", ["tax", "support", "upfront", "marketplace", "Usage"])
def test_only_usage_is_paid(kind: str) -> None:
    """Any kind but `usage` is cash, spelling included."""
    result = waterfall([pool("promo", "100")], [charge("2027-01", "30", kind=kind)])
    assert result.out_of_pocket == usd(**{"2027-01": "30"})


def test_charges_alike_but_for_the_amount_are_one_line() -> None:
    """Three lines of $20, $30 and $0 of one product are paid as $50."""
    charges = [charge("2027-01", "20"), charge("2027-01", "30"), charge("2027-01", "0")]
    result = waterfall([pool("promo", "45")], charges)
    assert result.draw_lines["2027-01"] == {("promo", "A", "Amazon Bedrock"): 45_000_000}
    assert result.out_of_pocket_lines["2027-01"] == {("A", "Amazon Bedrock"): 5_000_000}
