"""Days and months: windows that cut a month, rounding, exhaust days, forfeits, months without charges."""

from datetime import date

import pytest

from planner.credits import CreditPool, waterfall
from pricing.money import Micros
from tests.credits_support import charge, on_days, pool, usd


def test_usage_after_the_day_of_expiry_is_cash() -> None:
    """$280 over February, expiry on the 14th: half is paid; $360 of the pool is lost that day."""
    result = waterfall([pool("promo", "500", expires="2027-02-14")], [charge("2027-02", "280")])
    assert result.draws["2027-02"] == usd(promo="140")
    assert result.out_of_pocket["2027-02"] == 140_000_000
    assert result.forfeited == {"promo": (date(2027, 2, 14), 360_000_000)}


def test_the_whole_month_of_expiry_counts_under_that_rule() -> None:
    """The same pool pays all $280, and still loses the rest on the 14th, not at the end of the month."""
    promo = pool("promo", "500", expires="2027-02-14")
    result = waterfall([promo], [charge("2027-02", "280"), charge("2027-03", "10")], expiry="whole_month")
    assert result.draws == {"2027-02": usd(promo="280"), "2027-03": {}}
    assert result.forfeited == {"promo": (date(2027, 2, 14), 220_000_000)}


def test_usage_of_the_month_of_issue_counts_from_the_first() -> None:
    """Issued on 17 December: all $310 of December is paid, nothing of November."""
    promo = pool("promo", "500", starts="2026-12-17")
    result = waterfall([promo], [charge("2026-11", "20"), charge("2026-12", "310")])
    assert result.draws == {"2026-11": {}, "2026-12": usd(promo="310")}


def test_usage_counts_from_the_day_of_issue_under_that_rule() -> None:
    """15 of December's 31 days at $10; January in full."""
    promo = pool("promo", "500", starts="2026-12-17")
    charges = [charge("2026-12", "310"), charge("2027-01", "31")]
    result = waterfall([promo], charges, start="start_date")
    assert result.draws == {"2026-12": usd(promo="150"), "2027-01": usd(promo="31")}


def test_a_pool_of_a_few_days_pays_those_days() -> None:
    """Issued on the 5th, expired on the 9th of June: 5 of 30 days at $1; by whole months all 30."""
    few = pool("few", "500", starts="2027-06-05", expires="2027-06-09")
    charges = [charge("2027-06", "30")]
    assert waterfall([few], charges, start="start_date").draws["2027-06"] == usd(few="5")
    assert waterfall([few], charges).draws["2027-06"] == usd(few="9")
    both = waterfall([few], charges, start="start_date", expiry="whole_month")
    assert both.draws["2027-06"] == usd(few="26")


def test_expiry_on_the_29th_of_a_leap_february_cuts_nothing() -> None:
    """2028 has 29 days in February: expiry on the 29th pays all, on the 28th 28 of 29 parts."""
    charges = [charge("2028-02", "29")]
    assert waterfall([pool("p", "99", expires="2028-02-29")], charges).draws["2028-02"] == usd(p="29")
    assert waterfall([pool("p", "99", expires="2028-02-28")], charges).draws["2028-02"] == usd(p="28")


@pytest.mark.parametrize(("balance", "cash"), [("200", "0"), ("100", "0"), ("50", "50")])
def test_two_pools_that_cut_a_month_share_its_days(balance: str, cash: str) -> None:
    """$10 a day: one pool to the 14th, one from the 11th. With $100 the first reaches the 10th: no gap.

    With $50 it reaches the 5th, so the 6th to the 10th are cash.
    """
    pools = [
        pool("to-14", balance, expires="2027-02-14"),
        pool("from-11", "500", starts="2027-02-11", expires="2027-12-31"),
    ]
    result = waterfall(pools, [charge("2027-02", "280")], start="start_date")
    assert result.out_of_pocket == usd(**{"2027-02": cash})


def test_days_between_two_pools_are_cash() -> None:
    """$10 a day: to the 7th, then from the 15th: seven days of $10 in between."""
    pools = [pool("a", "500", expires="2027-02-07"), pool("b", "500", starts="2027-02-15")]
    result = waterfall(pools, [charge("2027-02", "280")], start="start_date")
    assert result.draws["2027-02"] == usd(a="70", b="140")
    assert result.out_of_pocket["2027-02"] == 70_000_000


def test_a_pool_pays_the_earliest_of_its_days() -> None:
    """`before` pays first: $50 for the 1st to the 5th, so the pool to the 14th finds nine days of $10."""
    pools = [pool("before", "50", application_type="before"), pool("to-14", "500", expires="2027-02-14")]
    result = waterfall(pools, [charge("2027-02", "280")])
    assert result.draws["2027-02"] == {"before": 50_000_000, "to-14": 90_000_000}


def test_a_pool_pays_around_the_days_already_paid() -> None:
    """$10 a day: the 10th to the 14th are paid; $120 reach the 9th ($90) and three days from the 15th."""
    pools = [pool("few", "500", starts="2027-02-10", expires="2027-02-14"), pool("next", "120")]
    result = waterfall(pools, [charge("2027-02", "280")], start="start_date")
    assert result.draws["2027-02"] == {"few": 50_000_000, "next": 120_000_000}
    assert result.exhausted_on == {"next": date(2027, 2, 17)}


def test_a_charge_of_some_days_lies_only_on_them() -> None:
    """$90 from the 10th to the 18th, expiry on the 14th: five of nine days."""
    result = waterfall([pool("p", "500", expires="2027-02-14")], [on_days("2027-02-10", "2027-02-18", "90")])
    assert result.draws["2027-02"] == usd(p="50")


def test_charges_of_different_days_stay_apart() -> None:
    """$28 over February and $14 after the 14th: by that day $14 of the first and none of the second."""
    charges = [charge("2027-02", "28"), on_days("2027-02-15", "2027-02-28", "14")]
    for given in (charges, charges[::-1]):
        result = waterfall([pool("p", "500", expires="2027-02-14")], given)
        assert result.draws["2027-02"] == usd(p="14")


def test_a_whole_month_is_one_line_however_it_is_written() -> None:
    """Two charges of a micro-dollar, one with its days: by the 14th one is paid, not two halves."""
    charges = [charge("2027-02", "0.000001"), on_days("2027-02-01", "2027-02-28", "0.000001")]
    result = waterfall([pool("p", "500", expires="2027-02-14")], charges)
    assert result.draws["2027-02"] == {"p": 1}


def test_a_charge_wholly_after_expiry_is_cash() -> None:
    result = waterfall([pool("p", "500", expires="2027-02-14")], [on_days("2027-02-15", "2027-02-18", "90")])
    assert result.draws["2027-02"] == {}
    assert result.forfeited["p"] == (date(2027, 2, 14), 500_000_000)


def test_a_part_of_a_month_is_rounded_to_the_micro_dollar_and_the_rest_is_exact() -> None:
    """$100 x 14/31 = 45.16129032...; what is left is $100 less the rounded part."""
    result = waterfall([pool("p", "500", expires="2027-01-14")], [charge("2027-01", "100")])
    assert result.draws["2027-01"] == usd(p="45.161290")
    assert result.out_of_pocket["2027-01"] == 54_838_710


def test_three_parts_of_a_line_sum_to_it() -> None:
    """10, 11 and 10 of 31 days of $1: paid in all 0.322581, then 0.677419, then 1."""
    pools = [pool("a", "9", expires="2027-01-10"), pool("b", "9", expires="2027-01-21")]
    result = waterfall(pools, [charge("2027-01", "1")])
    assert result.draws["2027-01"] == {"a": 322_581, "b": 354_838}
    assert result.out_of_pocket["2027-01"] == 322_581


def test_half_a_micro_dollar_rounds_up() -> None:
    """One micro-dollar over February, half of it before expiry: the credit pays it, once."""
    result = waterfall([pool("p", "1", expires="2027-02-14")], [charge("2027-02", "0.000001")])
    assert result.draws["2027-02"] == {"p": 1}
    assert result.out_of_pocket["2027-02"] == 0


def test_a_pool_emptied_by_rounding_runs_out_on_the_last_day_it_pays() -> None:
    """Of 5 micro-dollars over February 2.32 are paid by the 13th, stated as 2: the other 3 are the next pool's."""
    pools = [pool("to-13", "1", expires="2027-02-13"), pool("next", "0.000003")]
    result = waterfall(pools, [charge("2027-02", "0.000005")])
    assert result.draws["2027-02"] == {"to-13": 2, "next": 3}
    assert result.exhausted_on == {"next": date(2027, 2, 28)}


def test_a_pool_runs_out_on_the_day_its_share_of_the_month_is_used() -> None:
    """$200 left for $1,200 in April: 5 of 30 days. A pool that is just enough lasts to the 30th."""
    charges = [charge("2027-04", "1200")]
    assert waterfall([pool("p", "200")], charges).exhausted_on == {"p": date(2027, 4, 5)}
    assert waterfall([pool("p", "200.01")], charges).exhausted_on == {"p": date(2027, 4, 6)}
    assert waterfall([pool("p", "1200")], charges).exhausted_on == {"p": date(2027, 4, 30)}
    assert waterfall([pool("p", "1200.01")], charges).exhausted_on == {}


def test_a_second_pool_runs_out_after_the_days_the_first_has_paid() -> None:
    """$40 a day: $200 reach the 5th, and the next $300 seven and a half days further, into the 13th."""
    pools = [pool("first", "200", expires="2027-11-30"), pool("second", "300")]
    result = waterfall(pools, [charge("2027-04", "1200")])
    assert result.exhausted_on == {"first": date(2027, 4, 5), "second": date(2027, 4, 13)}


def test_an_exhaust_day_counts_only_days_the_pool_could_pay() -> None:
    """$560 in February: the pool to the 14th is not emptied; $200 at $20 a day from then reach the 24th."""
    pools = [pool("first", "500", expires="2027-02-14"), pool("second", "200")]
    assert waterfall(pools, [charge("2027-02", "560")]).exhausted_on == {"second": date(2027, 2, 24)}
    of_ten_days = [on_days("2027-04-01", "2027-04-10", "100")]
    assert waterfall([pool("p", "100")], of_ten_days).exhausted_on == {"p": date(2027, 4, 10)}


def test_an_exhaust_day_counts_all_the_pool_could_pay() -> None:
    """$30 + $60 a month is $3 a day: $45 last to the 15th, though the larger line alone takes them all."""
    charges = [charge("2027-04", "30", "Amazon S3"), charge("2027-04", "60")]
    assert waterfall([pool("p", "45")], charges).exhausted_on == {"p": date(2027, 4, 15)}


def test_a_pool_that_starts_empty_or_expires_is_not_exhausted() -> None:
    pools = [pool("empty", "0"), pool("lost", "5", expires="2027-01-31", products=("Amazon S3",))]
    result = waterfall(pools, [charge("2027-01", "100")])
    assert result.exhausted_on == {}
    assert result.forfeited == {"lost": (date(2027, 1, 31), 5_000_000)}


def test_a_pool_used_up_before_it_expires_forfeits_nothing() -> None:
    result = waterfall(
        [pool("p", "100", expires="2027-02-28")], [charge("2027-01", "100"), charge("2027-02", "9")]
    )
    assert result.forfeited == {}
    assert result.first_out_of_pocket_month == "2027-02"


def test_balances_are_those_of_each_month_s_end() -> None:
    """$100 a month from $250; the $50 left on 31 March is gone by its end."""
    charges = [charge(month, "100") for month in ("2027-01", "2027-02")] + [charge("2027-03", "0")]
    result = waterfall([pool("p", "250", expires="2027-03-31")], charges)
    assert result.balances == {"2027-01": usd(p="150"), "2027-02": usd(p="50"), "2027-03": usd(p="0")}


def test_months_without_charges_are_planned_too() -> None:
    """December to February with nothing in January; the pool that ends in January is lost there."""
    charges = [charge("2027-02", "10"), charge("2026-12", "20")]
    result = waterfall([pool("p", "25", expires="2027-01-31")], charges)
    assert result.months == ("2026-12", "2027-01", "2027-02")
    assert result.out_of_pocket == usd(**{"2026-12": "0", "2027-01": "0", "2027-02": "10"})
    assert result.draws["2027-01"] == {}
    assert result.forfeited == {"p": (date(2027, 1, 31), 5_000_000)}


def test_the_plan_stretches_to_the_months_asked_for() -> None:
    """One charge in January, planned from December to April: the pool of March is lost within the plan."""
    promo = pool("p", "25", expires="2027-03-15")
    result = waterfall([promo], [charge("2027-01", "10")], months=["2026-12", "2027-04"])
    assert result.months == ("2026-12", "2027-01", "2027-02", "2027-03", "2027-04")
    assert result.forfeited == {"p": (date(2027, 3, 15), 15_000_000)}
    assert waterfall([promo], [charge("2027-01", "10")]).forfeited == {}


def test_a_pool_expired_before_the_plan_is_lost_already() -> None:
    """It pays nothing, ends at zero and is no forfeit of the plan; whole_month does not revive it."""
    gone = pool("gone", "100", expires="2026-12-31")
    for expiry in ("usage_dated", "whole_month"):
        result = waterfall([gone], [charge("2027-01", "10")], expiry=expiry)
        assert result.out_of_pocket == usd(**{"2027-01": "10"})
        assert result.expired_before == {"gone": (date(2026, 12, 31), 100_000_000)}
        assert result.forfeited == {}
        assert result.ending_balance == usd(gone="0")
        assert result.balances["2027-01"] == usd(gone="0")


def test_a_pool_that_starts_after_the_plan_keeps_its_balance() -> None:
    later = pool("later", "100", starts="2027-03-01")
    result = waterfall([later], [charge("2027-02", "10")])
    assert result.ending_balance == usd(later="100")
    assert result.total_drawn == 0


def test_a_pool_without_a_start_pays_from_the_beginning() -> None:
    for start in ("billing_cycle", "start_date"):
        always = CreditPool(id="p", balance=Micros(5), starts=None, expires=None)
        result = waterfall([always], [charge("2027-01", "1")], start=start)
        assert result.draws["2027-01"] == {"p": 5}


def test_a_plan_of_nothing_is_empty() -> None:
    """No charge and no month: no month in the result, and no pool touched, expired or not."""
    result = waterfall([pool("p", "100", expires="2026-12-31")], [])
    assert (result.months, result.draws, result.forfeited, result.expired_before) == ((), {}, {}, {})
    assert result.ending_balance == usd(p="100")
    assert result.first_out_of_pocket_month is None


def test_without_pools_everything_is_cash() -> None:
    result = waterfall([], [charge("2027-01", "10"), charge("2027-02", "20")])
    assert result.total_out_of_pocket == 30_000_000
    assert result.total_drawn == 0
    assert result.first_out_of_pocket_month == "2027-01"
