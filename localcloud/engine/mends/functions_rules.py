"""Lambda: event invoke configurations and dead letters are refused as AWS refuses them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)
from localcloud.lambda_rules import (
    EVENT_RANGES,
    Problem,
    dead_letter_problems,
    event_invoke_problems,
    service_of,
)

CONFIG = re.compile(r"^/2019-09-25/functions/([^/]+)/event-invoke-config$")


def refusal_of(lambda_svc: Lambda, problems: Iterable[Problem]) -> Response | None:
    """Return Lambda's answer to a request with problems; None where there is none."""
    for problem in problems:
        refusal: Response = lambda_svc.error_response_json(problem.code, problem.message, 400)
        return refusal
    return None


def fail(problems: Iterable[Problem]) -> None:
    """Fail a resource of a template."""
    for problem in problems:
        raise ValueError(f"{problem.message} (Service: Lambda, Status Code: 400)")


@mend("lambda.event_invoke_rules")
def event_invoke_configs_arechecked(context: Context) -> None:
    """Refuse destinations, retries and ages that AWS refuses, and serve UpdateFunctionEventInvokeConfig.

    MiniStack checks the destinations' ARNs alone, and takes a bucket for successes, a function as its own
    destination and any number; a template's numbers stay text. It knows no update (POST) of a configuration.
    """

    def problems(function: str, config: Record) -> Iterable[Problem]:
        yield from event_invoke_problems(config, function)
        for side in (config.get("DestinationConfig") or {}).values():
            arn = (side or {}).get("Destination") or ""
            if service_of(arn) == "lambda" and arn.split(":")[6] not in lambda_svc.functions:
                yield Problem("DestinationConfig", f"The destination ARN {arn} is invalid.")

    @Lambda.put_event_invoke_config.wrap
    def _(before: Function) -> Function:
        def put(function: str, qualifier: str | None, data: Record) -> Response:
            refusal = None
            if function in lambda_svc.functions:
                refusal = refusal_of(lambda_svc, problems(function, data))
            if refusal is not None:
                return refusal
            numbers = {name: int(data[name]) for name in EVENT_RANGES if data.get(name) is not None}
            response: Response = before(function, qualifier, {**data, **numbers})
            return response

        return put

    def update(function: str, qualifier: str | None, data: Record) -> Response:
        current: Response = lambda_svc.get_event_invoke_config(function, qualifier)
        if current[0] >= 300:
            return current
        present = {name: json.loads(current[2])[name] for name in (*EVENT_RANGES, "DestinationConfig")}
        merged: Response = lambda_svc.put_event_invoke_config(function, qualifier, {**present, **data})
        return merged

    @Lambda.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(
            method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
        ) -> Response:
            match = CONFIG.match(path.rstrip("/")) if method == "POST" else None
            if match is None:
                response: Response = await before(method, path, headers, body, query)
                return response
            resolve = lambda_svc.resolve_request_scoped_name_and_qualifier
            function, own = resolve(lambda_svc.unquote(match[1]))
            qualifier = lambda_svc.qualifier_from_path_or_query(own, query)
            return update(function, qualifier, json.loads(body or b"{}"))

        return handle


@mend("lambda.dead_letter_rules")
def dead_letters_are_queues_or_topics(context: Context) -> None:
    """Fail a template's function whose dead letters go to no queue and no topic; MiniStack takes any text."""

    def check(props: Record) -> None:
        fail(dead_letter_problems((props.get("DeadLetterConfig") or {}).get("TargetArn")))

    for verb, place in (("create", 1), ("update", 2)):
        wrap_handler("AWS::Lambda::Function", verb)(checked(check, place))


def checked(check: Function, place: int) -> Callable[[Function], Function]:
    """Return what has ``check`` look at the properties that a handler takes at a place."""

    def make(before: Function) -> Function:
        def run(*args: Any) -> Any:
            check(args[place])
            return before(*args)

        return run

    return make
