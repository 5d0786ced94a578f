"""How a Task state calls what its Resource names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from localcloud.contracts.absent_services import CODE
from localcloud.states.integrations import (
    failures,
    functions,
    gateway,
    json_services,
    metadata,
    sdk,
    text,
    web,
)
from localcloud.states.integrations.arguments import misfits
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import CallRefused, Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json


async def call(
    entry: Integration,
    arguments: Json,
    transport: Transport,
    *,
    limit: float | None = None,
    context: Mapping[str, Json] | None = None,
) -> Json:
    """Make the request of a task and return its result.

    Tokens and nested executions are waited for elsewhere: the result is what the request itself
    brings, such as the start of an execution.

    Parameters
    ----------
    arguments
        The state's, evaluated; for a function's own ARN its event.
    limit
        How many seconds a function may take; None for its own time limit alone.
    context
        The context object.

    Raises
    ------
    StatesError
        The service or the function failed, in AWS's words.
    """
    try:
        return await _send(entry, arguments, transport, limit, context or {})
    except CallRefused as refused:
        raise _refusal(entry, refused) from refused


def _refusal(entry: Integration, refused: CallRefused) -> StatesError:
    """Return the error of a task that a fault or a quota stops, as the service's own would be."""
    if refused.status is None or entry.kind == "lambda function" or entry.service in {"apigateway", "http"}:
        return StatesError(f"{entry.prefix}.{refused.code}", refused.message)
    return failures.failure(entry, refused.code, refused.message, refused.status, text.request_id())


async def _send(
    entry: Integration,
    arguments: Json,
    transport: Transport,
    limit: float | None,
    context: Mapping[str, Json],
) -> Json:
    if entry.kind == "lambda function":
        return await functions.invoke_by_arn(entry, arguments, transport, limit)
    if entry.absence is not None:
        raise StatesError(f"{entry.prefix}.{CODE}", entry.absence)
    if not isinstance(arguments, dict):
        raise failures.unusable(text.compact(arguments), ["Parameters must be a JSON object"])
    if entry.optimized:
        reasons = misfits(entry, arguments)
        if reasons:
            raise failures.unusable(text.compact(arguments), reasons)
    if entry.service == "lambda" and entry.operation == "Invoke":
        return await functions.invoke(entry, arguments, transport, limit)
    if not entry.optimized:
        return await sdk.call(entry, arguments, transport)
    return await _OPTIMIZED[entry.service](entry, arguments, transport, context)


async def _publish(
    entry: Integration, arguments: dict[str, Json], transport: Transport, context: Mapping[str, Json]
) -> Json:
    """Carry out ``sns:publish``: a message may be an object, and goes as its text."""
    message = arguments.get("Message")
    if message is not None:
        arguments = {**arguments, "Message": text.text_of(message)}
    result, reply = await sdk.request(entry, arguments, transport)
    return {**result, **metadata.of_reply(reply)}


_Call = Callable[[Integration, dict[str, Json], Transport, Mapping[str, Json]], Awaitable[Json]]
_OPTIMIZED: Final[dict[str, _Call]] = {
    **dict.fromkeys(("dynamodb", "events", "sqs", "stepfunctions"), json_services.call),
    "apigateway": gateway.call,
    "http": web.call,
    "sns": _publish,
}
