"""How many messages lie in queues: `GetQueueAttributes` by signed POSTs, remembered for half a minute.

Source of the protocol: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ (JSON).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Final

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import PublishError, TryAgain

SECONDS: Final = 2.0
"""For one request."""

REMEMBERED: Final = 30.0
"""Seconds; SQS itself reports about as late as that."""

_DEPTH: Final = "ApproximateNumberOfMessages"
_HEADERS: Final = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.GetQueueAttributes",
}


class QueueDepths:
    """The depth of some queues together.

    Parameters
    ----------
    arns : sequence of str
        The queues, all of one region.
    region : str
        That they are in; ``AWS_ENDPOINT_URL`` leads elsewhere.
    role : Role, optional
        Who signs.
    clock : callable
        Seconds, by which depths are remembered.
    """

    def __init__(
        self,
        arns: Sequence[str],
        region: str,
        role: Role | None = None,
        *,
        endpoint: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arns = arns
        self._pool = HttpPool(endpoint or service_endpoint("sqs", region))
        self._signer = Signer("sqs", region, role)
        self._clock = clock
        self._depth = 0
        self._fresh_until: float | None = None

    def depth(self) -> int:
        """Return about how many messages there are in all queues, not older than half a minute.

        Raises
        ------
        TryAgain
        """
        if self._fresh_until is None or self._clock() >= self._fresh_until:
            self._depth = sum(self._read(arn) for arn in self._arns)
            self._fresh_until = self._clock() + REMEMBERED
        return self._depth

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _read(self, arn: str) -> int:
        account, name = arn.split(":")[4:6]
        url = f"{self._pool.origin}/{account}/{name}"
        body = json.dumps({"QueueUrl": url, "AttributeNames": [_DEPTH]}, separators=(",", ":")).encode()
        headers = self._signer.sign(f"{self._pool.origin}/", body, _HEADERS)
        try:
            answer = self._pool.post(body, headers, deadline=time.monotonic() + SECONDS, path="/")
            return int(json.loads(answer.body)["Attributes"][_DEPTH])
        except PublishError as error:
            raise TryAgain(f"SQS GetQueueAttributes: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise TryAgain(f"SQS answered {answer.status}: {answer.body[:200]!r}") from error
