"""`orders.dead_letters.ports.Functions` on Lambda."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, ReadTimeoutError

from orders.errors import NotHandled

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaFunctions:
    """Invokes functions, and waits for their answers."""

    def __init__(self, client: LambdaClient) -> None:
        self._client = client

    def handle(self, arn: str, event: object) -> object:
        """Have a function handle an event, and return its answer."""
        try:
            answer = self._client.invoke(FunctionName=arn, Payload=json.dumps(event).encode())
        except ReadTimeoutError as error:
            raise NotHandled("the function did not answer in time") from error
        except ClientError as error:
            raise NotHandled(
                f"the function was not invoked: {error.response['Error'].get('Code')}"
            ) from error
        document: object = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") is not None:
            kind = document.get("errorType") if isinstance(document, dict) else None
            raise NotHandled(f"the function failed again: {kind or 'unknown'}")
        return document
