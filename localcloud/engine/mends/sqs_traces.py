"""SQS: a request's trace header goes with its messages."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.sqs import SQS
from localcloud.engine.patching import Context, Function, Record, mend
from localcloud.watchtower.traces.facade import current_text


@mend("sqs.traces")
def messages_carry_their_senders_trace(_context: Context) -> None:
    """Keep a request's ``X-Amzn-Trace-Id`` as its messages' ``AWSTraceHeader``.

    AWS does so where the message has no such attribute of its own: SDKs send the header by themselves.
    MiniStack kept the attribute alone.
    """

    @SQS.build_send_sys_attrs.wrap
    def _(before: Function) -> Function:
        def build(now: float, message: Any) -> Record:
            attributes: Record = before(now, message)
            header = current_text()
            if header is not None:
                attributes.setdefault("AWSTraceHeader", header)
            return attributes

        return build
