"""boto3 clients of an endpoint: dummy keys, no proxy, a session each. Importing this needs boto3."""

from functools import lru_cache

import boto3  # type: ignore[import-untyped]
from botocore.client import BaseClient  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.loaders import Loader, create_loader  # type: ignore[import-untyped]
from botocore.session import get_session  # type: ignore[import-untyped]

DUMMY_KEY = "local"
"""Access key and secret that requests are signed with; nobody checks the signature."""


def new_client(url: str, region: str, config: Config | None = None, **options: object) -> BaseClient:
    """A bedrock-runtime client of the endpoint at `url`; `options` are those of `boto3.client`."""
    session = get_session()
    session.register_component("data_loader", _loader())
    settings = {
        "endpoint_url": url,
        "region_name": region,
        "aws_access_key_id": DUMMY_KEY,
        "aws_secret_access_key": DUMMY_KEY,
        **options,
    }
    direct = Config(proxies={})
    merged = direct if config is None else direct.merge(config)
    return boto3.Session(botocore_session=session).client("bedrock-runtime", config=merged, **settings)


@lru_cache(maxsize=1)
def _loader() -> Loader:
    """botocore's service files, read once: most of what a session costs."""
    return create_loader()
