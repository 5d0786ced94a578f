"""`SpanStore` on X-Ray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orders.errors import TraceThrottled

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_xray import XRayClient


class XRayDocuments:
    """Reads traces that X-Ray keeps: for 30 days on AWS.

    Parameters
    ----------
    client : callable
        Returns boto3's client; called when a trace is read.
    """

    def __init__(self, client: Callable[[], XRayClient]) -> None:
        self._client = client

    def documents(self, trace_id: str) -> Sequence[str]:
        """Return the documents of a trace.

        Raises
        ------
        TraceThrottled
        """
        client = self._client()
        try:
            pages = client.get_paginator("batch_get_traces").paginate(TraceIds=[trace_id])
            return [
                segment["Document"]
                for page in pages
                for trace in page["Traces"]
                for segment in trace["Segments"]
            ]
        except client.exceptions.ThrottledException as error:
            raise TraceThrottled from error
