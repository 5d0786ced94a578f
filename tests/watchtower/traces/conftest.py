"""A daemon of its own for each test, and AWS's own clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from localcloud.watchtower.traces.service import XRay

ACCOUNT, REGION = "000000000000", "us-east-1"


@dataclass
class Tower:
    """A daemon and a client of X-Ray's API; calls of the client belong into a thread."""

    xray: XRay
    client: Any
    warnings: list[str] = field(default_factory=list)


@pytest.fixture
async def tower() -> AsyncIterator[Tower]:
    warnings: list[str] = []
    xray = XRay(REGION, ACCOUNT, warnings.append)
    await xray.start()
    client = boto3.client(
        "xray",
        endpoint_url=xray.url,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="secret",
    )
    yield Tower(xray, client, warnings)
    client.close()
    await xray.stop()
