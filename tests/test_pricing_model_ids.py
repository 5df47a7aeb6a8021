"""Every spelling of a model id that AWS accepts, back to the model a book prices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.model_ids import ModelRef, parse_model_id

INPAINT = "stability.stable-image-inpaint-v1:0"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (INPAINT, ModelRef(INPAINT)),
        (f"us.{INPAINT}", ModelRef(INPAINT, geography="us")),
        (f"global.{INPAINT}", ModelRef(INPAINT, geography="global")),
        (f"us-gov.{INPAINT}", ModelRef(INPAINT, geography="us-gov")),
        (
            f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{INPAINT}",
            ModelRef(INPAINT, geography="us", region="us-east-1"),
        ),
        (
            "arn:aws:bedrock:us-west-2::foundation-model/stability.stable-image-core-v1:1",
            ModelRef("stability.stable-image-core-v1:1", region="us-west-2"),
        ),
        (
            "arn:aws-us-gov:bedrock:::foundation-model/amazon.nova-canvas-v1:0",
            ModelRef("amazon.nova-canvas-v1:0"),
        ),
    ],
)
def test_an_id_that_names_a_model_leads_to_it(text: str, ref: ModelRef) -> None:
    """Bare, behind a geography, or inside an ARN, which also tells the region."""
    assert parse_model_id(text) == ref


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a1b2c3d4e5f6",
        "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.titan-image-generator-v1:0/a1b2c3d4e5f6",
        "arn:aws:bedrock:us-east-1:123456789012:imported-model/a1b2c3d4e5f6",
        "arn:aws:sagemaker:us-east-1:123456789012:endpoint/x",
        "arn:",
    ],
)
def test_an_arn_that_hides_its_model_is_opaque(arn: str) -> None:
    """Nothing is guessed from it: the book then refuses to price it."""
    ref = parse_model_id(arn)
    assert ref.opaque
    assert ref.model_id == arn


@pytest.mark.parametrize(
    "text", ["", "us.", "us.x", "US.stability.x-v1:0", "stability.us.x", "x.us.stability.y"]
)
def test_text_that_only_looks_like_a_geography_is_kept_whole(text: str) -> None:
    """A geography stands first, in lower case, before a provider and a name."""
    assert parse_model_id(text) == ModelRef(text)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    """Any text may be a model that some book prices."""
    assert parse_model_id(text).model_id in text
