"""Price books by name and by path, and every problem of a file that is no book."""

import os
from datetime import date
from pathlib import Path

import pytest

from pricing.book import PriceBook
from pricing.errors import PriceError, UnknownBook
from pricing.load import DEFAULT_VERSION, load_book, load_book_with_warnings
from pricing.money import decimal_usd
from pricing.problems import Invalid, Problem

OWN = """\
version: acme-2027
title: what Acme agreed with AWS
published: 2027-01-15
valid_from: 2027-01-01
sources:
  contract: {what: our contract, where: shared drive, read_on: 2027-01-15}
models:
  stability.stable-image-core-v1:1:
    name: Stable Image Core
    family: stability_text
    provider: Stability AI
    product: Stable Image Core v1.1 (Amazon Bedrock Edition)
    billed_by: marketplace
    regions: [us-west-2]
    tasks: [TEXT_IMAGE]
    sizes: {flat: any}
    rates:
      - {size_class: any, regions: [us-west-2], usd_per_image: 0.0375, source: contract, verified: true}
"""


def own(folder: Path, text: str = OWN) -> str:
    """A book in a folder."""
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def price(book: PriceBook, day: date = date(2027, 2, 1)) -> str:
    return decimal_usd(
        book.rate("stability.stable-image-core-v1:1", "any", None, "us-west-2", day).unit_price
    )


def test_the_default_book_is_the_newest_of_aws() -> None:
    """No name and its name give the same book, read once."""
    assert DEFAULT_VERSION == "2026-07-24"
    assert load_book().version == "2026-07-24"
    assert load_book() is load_book("2026-07-24")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("2026-07-25", "did you mean 2026-07-24?"),
        ("2026-representativ", "did you mean 2026-representative?"),
        ("latest", "known: 2025-02-28, 2026-07-24, 2026-representative"),
        ("", "known: 2025-02-28, 2026-07-24, 2026-representative"),
    ],
)
def test_a_version_that_is_not_shipped_is_named_with_the_nearest(name: str, remedy: str) -> None:
    """A missing book is never replaced by another."""
    with pytest.raises(UnknownBook, match="is not a price book that Bursar ships") as caught:
        load_book(name)
    assert caught.value.remedy == remedy
    assert isinstance(caught.value, PriceError)


@pytest.mark.parametrize("name", ["..", "../books/2026-07-24", "/etc/passwd"])
def test_a_name_with_a_slash_is_a_path_and_dots_are_no_way_out(name: str) -> None:
    """Names of versions reach nothing but the shipped files."""
    with pytest.raises((UnknownBook, Invalid)):
        load_book(name)


def test_an_own_book_is_read_by_path(tmp_path: Path) -> None:
    """It knows where it came from."""
    path = own(tmp_path)
    book = load_book(path)
    assert (price(book), book.version, book.path) == ("0.0375", "acme-2027", path)
    assert load_book("2026-07-24").path is None


def test_a_path_is_relative_to_the_folder_given(tmp_path: Path) -> None:
    """A scenario names its book as seen from its own folder."""
    own(tmp_path)
    assert price(load_book("prices.yaml", relative_to=tmp_path)) == "0.0375"
    assert price(load_book("./prices.yaml", tmp_path)) == "0.0375"


def test_an_own_book_is_read_again_when_it_changed(tmp_path: Path) -> None:
    """A screen that stays open shows the figures of the file as it is."""
    path = own(tmp_path)
    before = load_book(path)
    assert load_book(path) is before
    own(tmp_path, OWN.replace("0.0375", "0.03500"))
    os.utime(path, ns=(1, 1))
    assert price(load_book(path)) == "0.035"


def test_a_shipped_book_can_be_copied_and_changed(tmp_path: Path) -> None:
    """The formats are one."""
    shipped = Path(load_book.__code__.co_filename).parent / "books" / "2026-07-24.yaml"
    changed = shipped.read_text(encoding="utf-8").replace("usd_per_image: 0.14", "usd_per_image: 0.11")
    book = load_book(own(tmp_path, changed))
    rate = book.rate("stability.stable-image-ultra-v1:1", "any", None, "us-west-2", date(2026, 12, 1))
    assert (rate.price, len(book.rates)) == (110_000, 70)


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        load_book(own(folder, text))
    return caught.value.problems


MISTAKES = """
title: what Acme agreed with AWS
-> titel: what Acme agreed with AWS
2: titel [unknown-key] did you mean title?

title: what Acme agreed with AWS
-> # no title
1: version [missing-key] title

published: 2027-01-15
-> published: soon
3: soon [wrong-value] a day such as 2026-11-30

verified: true
-> verified: yes
18: yes [wrong-value] true or false

usd_per_image: 0.0375
-> usd_per_image: 0
18: 0 [out-of-range] above 0

usd_per_image: 0.0375
-> usd_per_image: -1
18: -1 [out-of-range] above 0

usd_per_image: 0.0375
-> usd_per_image: free
18: free [wrong-value] a price in US dollars above 0

usd_per_image: 0.0375,
->
18: {size_class: any, regions: [us-west-2],  source: contract, verified: true} [missing-key] usd_per_image

size_class: any
-> size_class: all
18: all [wrong-value] no size class all

size_class: any
-> size_class: any, quality: premium
18: premium [wrong-value] no quality premium

tasks: [TEXT_IMAGE]
-> qualities: [low]
9: name [missing-key] tasks

regions: [us-west-2], usd
-> regions: [us-east-1], usd
18: [us-east-1] [wrong-value] us-east-1 is not one of the model's regions

regions: [us-west-2], usd
-> regions: [Oregon], usd
18: Oregon [wrong-value] a region such as us-east-1

source: contract
-> source: contrakt
18: contrakt [unknown-source] did you mean contract?

family: stability_text
-> family: stability_tex
10: stability_tex [wrong-value] did you mean stability_text?

billed_by: marketplace
-> # billed by nobody
9: name [missing-key] add it here or to the model's family

tasks: [TEXT_IMAGE]
-> tasks: [TEXT_IMAGES]
15: TEXT_IMAGES [wrong-value] did you mean TEXT_IMAGE?

{flat: any}
-> {flat: any, area: 3}
16: area [unknown-key] flat

{flat: any}
-> {longest_side: {any: 10}}
16: {longest_side: {any: 10}} [wrong-value] the last one must be above

{flat: any}
-> {area: {small: 9, smaller: 5, any: above}}
16: {area: {small: 9, smaller: 5, any: above}} [wrong-value] limits must rise

{flat: any}
-> {listed: {any: [9x9]}, other: {area: {all: above}}}
16: {listed: {any: [9x9]}, other: {area: {all: above}}} [wrong-value] must name the same size classes

{flat: any}
-> flat
16: flat [wrong-value] a size rule

stability.stable-image-core-v1:1:
-> us.stability.x-v1:0:
8: us.stability.x-v1:0 [not-bare] write stability.x-v1:0

stability.stable-image-core-v1:1:
-> core:
8: core [wrong-value] a model id such as

tasks: [TEXT_IMAGE]
-> tasks: [TEXT_IMAGE]\n    limits: {max_side: 7}\n    default_size: 8x8
9: name [wrong-value] 8x8 has a side over 7 px

tasks: [TEXT_IMAGE]
-> tasks: [TEXT_IMAGE]\n    lifecycle: {legacy_from: 2027-02-01, end_of_life: 2027-01-01, source: contract}
16: {legacy_from: 2027-02-01, end_of_life: 2027-01-01, source: contract} [wrong-value] is before legacy_from

verified: true
-> verified: true, low_usd_per_image: 1
18: 1 [wrong-value] is above usd_per_image

valid_from: 2027-01-01
-> valid_from: 2027-01-01\nservices: {s3: {}}
5: s3 [wrong-value] a service such as s3.storage
"""


@pytest.mark.parametrize("mistake", MISTAKES.strip().split("\n\n"))
def test_each_mistake_is_reported_where_it_stands(tmp_path: Path, mistake: str) -> None:
    """What is right, what is written instead; then line, underlined text, code, and what is said."""
    old, *new, expected = mistake.splitlines()
    assert old in OWN
    written = OWN.replace(old, "\n".join(new).removeprefix("->").strip())
    assert any(all(part in said for part in parts(expected)) for said in reported(tmp_path, written))


def parts(expected: str) -> tuple[str, str]:
    place, _, said = expected.rpartition(" [")
    code, _, words = said.partition("] ")
    return f"{place} [{code}]", words


def reported(folder: Path, text: str) -> list[str]:
    """Every problem as `line: underlined [code] path message remedy`."""
    found, lines = [], text.splitlines()
    for problem in problems(folder, text):
        place = problem.place
        assert place is not None
        marked = lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]
        said = f"{problem.where} {problem.message} {problem.remedy}"
        found.append(f"{place.line}: {marked} [{problem.code}] {said}")
    return found


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """In the order of the file."""
    text = (
        OWN.replace("2027-01-01", "then")
        .replace("TEXT_IMAGE", "PAINT")
        .replace("verified: true", "verified: 1")
        .replace("    provider: Stability AI\n", "")
    )
    assert [problem.where for problem in problems(tmp_path, text)] == [
        "valid_from",
        'models."stability.stable-image-core-v1:1".provider',
        'models."stability.stable-image-core-v1:1".tasks[0]',
        'models."stability.stable-image-core-v1:1".rates[0].verified',
    ]


def test_two_prices_for_one_day_are_refused(tmp_path: Path) -> None:
    """Which one holds would be anybody's guess."""
    row = OWN.splitlines()[-1]
    [problem] = problems(tmp_path, f"{OWN}{row}\n")
    assert problem.message == "prices us-west-2 on days that the row on line 18 prices"
    assert problem.place is not None
    assert problem.place.line == 19


def test_a_price_may_change_on_a_day(tmp_path: Path) -> None:
    """The old row ends where the new one begins."""
    row = OWN.splitlines()[-1]
    ended = row.replace("verified: true", "verified: true, valid_until: 2027-06-01")
    begun = row.replace("verified: true", "verified: true, valid_from: 2027-06-01").replace("0.0375", "0.03")
    book = load_book(own(tmp_path, OWN.replace(row, f"{ended}\n{begun}")))
    assert (price(book, date(2027, 5, 31)), price(book, date(2027, 6, 1))) == ("0.0375", "0.03")


def test_a_model_takes_from_its_family_what_it_does_not_say(tmp_path: Path) -> None:
    """And its own word stands where both speak."""
    common = "{provider: Stability AI, prompt_chars: 9, regions: [eu-west-1]}"
    family = f"families:\n  stability_text: {common}\nmodels:"
    card = load_book(
        own(tmp_path, OWN.replace("models:", family).replace("    provider: Stability AI\n", ""))
    ).card("stability.stable-image-core-v1:1")
    assert (card.provider, card.prompt_chars, card.regions) == ("Stability AI", 9, ("us-west-2",))


def test_a_price_finer_than_a_micro_dollar_is_exact(tmp_path: Path) -> None:
    """Both ends of a range keep their digits."""
    fine = OWN.replace("usd_per_image: 0.0375", "usd_per_image: 0.03751234, low_usd_per_image: 0.01")
    rate = load_book(own(tmp_path, fine)).rates[0]
    assert (rate.price, rate.per, rate.low_price) == (3_751_234, 100, 1_000_000)


SERVICE = """\
services:
  s3.storage:
    {product: S3, unit: GB-month, region: us-east-1, source: contract, verified: true, tiers: """


@pytest.mark.parametrize(
    "tiers",
    ["[{usd: 1}, {usd: 2, up_to: 5}]", "[{usd: 1, up_to: 5}, {usd: 2, up_to: 5}]", "[{usd: 1}, {usd: 2}]"],
)
def test_tiers_must_rise(tmp_path: Path, tiers: str) -> None:
    """Only the last one may go on without end."""
    [problem] = problems(tmp_path, f"{OWN}{SERVICE}{tiers}}}\n")
    assert problem.where == 'services."s3.storage"'
    assert "up_to must rise from tier to tier" in problem.message


def test_an_own_book_may_price_services(tmp_path: Path) -> None:
    """`per` and the decimals multiply."""
    book = load_book(own(tmp_path, f"{OWN}{SERVICE}[{{usd: 0.0000125, per: 1_000}}]}}\n"))
    [tier] = book.service("s3.storage").tiers
    assert (tier.price, tier.per, tier.up_to) == (125, 10_000, None)


def test_warnings_come_with_the_book(tmp_path: Path) -> None:
    """A file that is usable but doubtful is used, and the doubt told."""
    book, warnings = load_book_with_warnings(own(tmp_path))
    assert (book.version, warnings) == ("acme-2027", ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\x00\x01\x02", "binary-file"),
        (b"- a\n- b\n", "wrong-value"),
        (b"a: [1", "syntax"),
        (b"version: \xff\n", "encoding"),
        (b"#" * 1_000_001, "too-large"),
        (b"[" * 5_000, "too-deep"),
    ],
)
def test_what_is_no_book_is_one_clear_problem(tmp_path: Path, content: bytes, code: str) -> None:
    """Never a traceback, never a book of nothing."""
    path = tmp_path / "prices.yaml"
    path.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        load_book(str(path))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_missing_file_and_a_folder_are_said_to_be_so(tmp_path: Path) -> None:
    """With the file beside it that was perhaps meant."""
    own(tmp_path)
    with pytest.raises(Invalid, match=r"no such file.*prices\.yaml"):
        load_book(str(tmp_path / "price.yaml"))
    with pytest.raises(Invalid, match="is a directory"):
        load_book(f"{tmp_path}/")


def test_a_megabyte_of_the_same_row_is_refused_without_delay(tmp_path: Path) -> None:
    """Rows are compared with their neighbours in time, not each with all others."""
    row = OWN.splitlines()[-1]
    found = problems(tmp_path, OWN + f"{row}\n" * 8_000)
    assert len(found) == 101
    assert found[-1].message == "and 7900 more errors that are not shown"
