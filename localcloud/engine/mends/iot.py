"""AWS IoT: custom authorizers, an endpoint that clients reach, and a limit of the HTTP data plane."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from localcloud.engine.iot_authorizers import AuthorizerError, Authorizers, named_in
from localcloud.engine.mends.functions_invoke import LambdaService
from localcloud.engine.ministack.iot import IoT, iot
from localcloud.engine.ministack.iot_data import IoTData, iot_data
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Context, Function, Record, Response, mend

AUTHORIZER = "AWS::IoT::Authorizer"
MAX_SLASHES = 7
_PROPERTIES = {
    "AuthorizerFunctionArn": "authorizerFunctionArn",
    "TokenKeyName": "tokenKeyName",
    "TokenSigningPublicKeys": "tokenSigningPublicKeys",
    "Status": "status",
    "SigningDisabled": "signingDisabled",
    "EnableCachingForHttp": "enableCachingForHttp",
}


def _routed(  # noqa: PLR0911 - one for each operation
    authorizers: Authorizers, method: str, path: str, body: Record, query: dict[str, str]
) -> Record | None:
    """Return the answer of an operation on authorizers; None when it is another one's."""
    match method, path.rstrip("/"):
        case "GET", "/authorizers":
            return authorizers.page(query)
        case "POST", "/default-authorizer":
            return authorizers.set_default(body)
        case "GET", "/default-authorizer":
            return authorizers.default()
        case "DELETE", "/default-authorizer":
            return authorizers.clear_default()
        case _ if not path.startswith("/authorizer/"):
            return None
        case "POST", _:
            return authorizers.create(named_in(path), body)
        case "GET", _:
            return authorizers.describe(named_in(path))
        case "PUT", _:
            return authorizers.update(named_in(path), body)
        case "DELETE", _:
            return authorizers.delete(named_in(path))
    return None


def _tested(service: LambdaService, authorizers: Authorizers, path: str, body: Record) -> Record:
    """Return what an authorizer's function answers to a test."""
    arn, event = authorizers.event(named_in(path), body)
    name, _, qualifier = arn.partition(":function:")[2].partition(":")
    answer = service.invoke(name, qualifier or None, event)
    document = answer.document
    if answer.function_error or answer.status != 200 or not isinstance(document, dict):
        raise AuthorizerError("InvalidResponseException", "The authorizer's function gave no valid answer")
    policies = document.get("policyDocuments") or []
    texts = [policy if isinstance(policy, str) else json.dumps(policy) for policy in policies]
    names = ("isAuthenticated", "principalId", "refreshAfterInSeconds", "disconnectAfterInSeconds")
    return {**{name: document[name] for name in names if name in document}, "policyDocuments": texts}


@mend("iot.authorizers")
def authorizers_are_kept(context: Context) -> None:  # noqa: PLR0915 - one mend, one place
    """Serve custom authorizers: their eight operations, and AWS::IoT::Authorizer in templates.

    AWS has them; MiniStack knows neither the operations nor the resource. A client that connects is judged
    outside of the engine (``localcloud/iot``), which reads them here.
    """
    store, defaults = responses.AccountRegionScopedDict(), responses.AccountRegionScopedDict()
    account, region = iot.get_account_id, iot.get_region
    authorizers = Authorizers(
        store, defaults, lambda name: f"arn:aws:iot:{region()}:{account()}:authorizer/{name}"
    )
    service = LambdaService(context.settings.lambda_url)
    tagged = iot.set_created_tags

    def notify() -> None:
        context.feed.publish({"kind": "iot"})

    def refused(problem: AuthorizerError) -> Response:
        response: Response = responses.error_response_json(problem.code, str(problem), problem.status)
        return response

    @IoT.route_request.wrap
    def _(before: Function) -> Function:
        async def route(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> Response:
            response: Response
            if not path.startswith(("/authorizer/", "/authorizers", "/default-authorizer")):
                response = await before(method, path, headers, body, query)
                return response
            parsed: Record = iot.parse_body(body)
            flat = {key: value[0] if isinstance(value, list) else value for key, value in query.items()}
            try:
                if method == "POST" and path.endswith("/test"):
                    answer: Record | None = await asyncio.to_thread(
                        _tested, service, authorizers, path, parsed
                    )
                else:
                    answer = _routed(authorizers, method, path, parsed, flat)
            except AuthorizerError as problem:
                return refused(problem)
            if answer is None:
                response = await before(method, path, headers, body, query)
                return response
            if method == "POST" and path.startswith("/authorizer/") and not path.endswith("/test"):
                tagged(answer["authorizerArn"], parsed.get("tags"))
            if method != "GET":
                notify()
            served: Response = iot.json_response(answer)
            return served

        return route

    @IoT.get_state.wrap
    def _(before: Function) -> Function:
        # As MiniStack's own stores do: the containers themselves, which its persistence knows.
        return lambda: {**before(), "authorizers": store, "default_authorizers": defaults}

    @IoT.restore_state.wrap
    def _(before: Function) -> Function:
        def restore(data: Record | None) -> None:
            before(data)
            if data:
                store.update(data.get("authorizers", {}))
                defaults.update(data.get("default_authorizers", {}))

        return restore

    def members(props: Record) -> Record:
        return {name: props[key] for key, name in _PROPERTIES.items() if props.get(key) is not None}

    def result_of(operation: Function, *args: Any) -> Record:
        try:
            answer: Record = operation(*args)
        except AuthorizerError as problem:
            raise ValueError(f"{AUTHORIZER}: {problem}") from None
        notify()
        return answer

    def create(logical_id: str, props: Record, stack: str) -> tuple[str, dict[str, str]]:
        name = props.get("AuthorizerName") or provisioners.physical_name(stack, logical_id)
        answer = result_of(authorizers.create, name, _booleans(members(props)))
        tagged(answer["authorizerArn"], provisioners.iot_tags(props))
        return name, {"Arn": answer["authorizerArn"]}

    def update(name: str, old: Record, new: Record, stack: str, logical_id: str = "") -> tuple[str, Record]:
        fixed = ("AuthorizerName", "SigningDisabled")
        if any(str(old.get(key)) != str(new.get(key)) for key in fixed):
            delete(name, old)
            return create(logical_id, new, stack)
        answer = result_of(authorizers.update, name, _booleans(members(new)))
        return name, {"Arn": answer["authorizerArn"]}

    def delete(name: str, _props: Record) -> None:
        if name in store:
            result_of(authorizers.delete, name)

    table = provisioners.resource_handlers
    table[AUTHORIZER] = {"create": create, "update": update, "delete": delete}


def _booleans(body: Record) -> Record:
    """Return a template's members: ``"true"`` is a boolean there as well."""
    return {
        key: value == "true"
        if key in {"signingDisabled", "enableCachingForHttp"} and isinstance(value, str)
        else value
        for key, value in body.items()
    }


@mend("iot.endpoint")
def the_endpoint_can_be_reached(context: Context) -> None:
    """Answer DescribeEndpoint with the address of the endpoint in front of the broker.

    AWS answers a host that resolves, where MQTT is spoken and the data plane is. MiniStack answers a host
    below 127.0.0.1, which resolves nowhere.
    """
    endpoint = context.settings.iot_endpoint

    @IoT.describe_endpoint.wrap
    def _(before: Function) -> Function:
        def describe(query: dict[str, str]) -> Response:
            response: Response
            if endpoint and query.get("endpointType", "iot:Data-ATS") == "iot:Data-ATS":
                response = iot.json_response({"endpointAddress": endpoint})
            else:
                response = before(query)
            return response

        return describe


@mend("iot.topic_slashes")
def topics_have_seven_slashes(_context: Context) -> None:
    """Refuse a topic with more than seven slashes in the HTTP data plane, as AWS does.

    MiniStack publishes to it. A reserved topic's fixed beginning does not count.
    """

    @IoTData.validate_topic.wrap
    def _(before: Function) -> Function:
        def validate(topic: str) -> Response | None:
            slashes = topic.count("/") - (3 if topic.startswith("$aws/") else 0)
            problem: Response | None = before(topic)
            if problem is None and slashes > MAX_SLASHES:
                problem = iot_data.error_response_json(
                    "InvalidRequestException", f"Topic has more than {MAX_SLASHES} forward slashes", 400
                )
            return problem

        return validate
