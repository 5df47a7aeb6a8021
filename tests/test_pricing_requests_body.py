"""A body is one JSON object in UTF-8, or it is refused with the remedy."""

import json

import pytest

from pricing.errors import RequestRefused
from pricing.requests import read_request
from pricing.requests.body import MAX_BODY_BYTES, parse_body, write_body
from tests.bodies import CORE, TITAN, card, text_image


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"", "empty-body", "the request body is empty"),
        ("", "empty-body", "the request body is empty"),
        (b"prompt=cat", "not-json", r"is not JSON: Expecting value \(line 1, column 1\)"),
        (b'{"prompt": "cat",}', "not-json", "is not JSON"),
        (b'{"prompt": "cat"} {}', "not-json", "is not JSON: Extra data"),
        (b'{"prompt": "cat"', "not-json", "is not JSON"),
        (b'["prompt"]', "not-an-object", "is JSON, but not an object"),
        (b'"prompt"', "not-an-object", "is JSON, but not an object"),
        (b"null", "not-an-object", "is JSON, but not an object"),
        (b"7", "not-an-object", "is JSON, but not an object"),
        (b'{"prompt": "\xff"}', "not-json", r"is not UTF-8 text \(byte 12\)"),
        ('{"prompt": "cat"}'.encode("utf-16"), "not-json", "is not UTF-8 text"),
        (b'{"seed": NaN}', "not-json", "NaN is not a JSON number"),
        (b'{"seed": -Infinity}', "not-json", "-Infinity is not a JSON number"),
        (b'{"seed": ' + b"9" * 5_000 + b"}", "not-json", "is not JSON"),
        (b"[" * 100_000, "not-json", "is nested too deeply"),
        (b'{"a":' * 100_000, "not-json", "is nested too deeply"),
        (b" " * (MAX_BODY_BYTES + 1), "body-too-large", "is larger than 25,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_not_one_json_object_is_refused(body: bytes | str, code: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        parse_body(body)
    assert refused.value.code == code
    assert refused.value.remedy


def test_bytes_text_and_a_byte_order_mark_read_alike() -> None:
    for body in (
        '{"prompt": "ä"}',
        '{"prompt": "ä"}'.encode(),
        b'\xef\xbb\xbf{"prompt": "\xc3\xa4"}',
        '\ufeff{"prompt": "ä"}',
    ):
        assert parse_body(body) == {"prompt": "ä"}


def test_a_field_written_twice_counts_as_its_last_value_and_is_said() -> None:
    request = read_request(card(CORE), '{"prompt": "a", "prompt": "b"}')
    assert request.assumptions == ("'prompt' is written more than once: the last one counts",)


@pytest.mark.parametrize(
    "body",
    [
        '{"taskType":"TEXT_IMAGE","textToImageParams":{"text":"a"},"imageGenerationConfig":{"numberOfImages":5,"numberOfImages":1}}',
        '{"taskType":"TEXT_IMAGE","textToImageParams":{"text":"a"},"imageGenerationConfig":{},"imageGenerationConfig":{}}',
    ],
)
def test_a_field_that_decides_the_price_must_not_be_written_twice(body: str) -> None:
    """Which of the two AWS counts is not known, so neither is the price."""
    with pytest.raises(
        RequestRefused, match="is written more than once and the price hangs on it"
    ) as refused:
        read_request(card(TITAN), body)
    assert refused.value.code == "repeated-field"


def test_what_is_written_back_reads_the_same() -> None:
    """Lone surrogates, large integers and exact floats survive."""
    value = text_image("\ud800 ä \u2028", cfgScale=6.5, seed=2**60) | {"extra": [0.1, 1e300, None, True]}
    assert parse_body(write_body(value)) == value


def test_a_number_too_large_for_json_is_not_written_back() -> None:
    value = parse_body('{"prompt": "a", "extra": 1e999}')
    with pytest.raises(RequestRefused, match="a number too large to write back"):
        write_body(value)


def test_unknown_fields_and_nulls_are_not_our_business() -> None:
    body = json.dumps(
        text_image(width=None, quality=None) | {"trace": {"deep": [1]}, "inPaintingParams": None}
    )
    assert read_request(card(TITAN), body).images == 1
