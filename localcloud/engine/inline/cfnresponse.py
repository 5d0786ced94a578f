"""Answers CloudFormation for a custom resource, as the module of this name does on AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import urllib3

SUCCESS = "SUCCESS"
FAILED = "FAILED"

http = urllib3.PoolManager()


def send(  # noqa: PLR0917 - AWS's own signature
    event: Mapping[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803 - AWS's own names, which callers pass by keyword
    responseData: Mapping[str, Any] | None,  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Put an answer at the event's ``ResponseURL``."""
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    )
    _log(f"Response body:\n{body}")
    try:
        headers = {"content-type": "", "content-length": str(len(body))}
        response = http.request("PUT", event["ResponseURL"], headers=headers, body=body)
        _log(f"Status code: {response.status}")
    except Exception as error:  # as on AWS: the function goes on
        _log(f"send(..) failed executing http.request(..): {error}")


def _log(text: str) -> None:
    sys.stdout.write(f"{text}\n")
