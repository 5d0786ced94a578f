"""Tasks that are tested without a mock: they call what they name."""

from __future__ import annotations

import json
from typing import Any

from localcloud.states.integrations import InvokeReply, TaskReply
from tests.states.integrations.transports import json_reply
from tests.states.testing.laboratory import ACCOUNT, FUNCTION, REGION, ROLE, Laboratory

CONNECTION = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/shop/1"


def function(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}


def web(**arguments: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": "https://api.example/orders",
            "Method": "POST",
            "Authentication": {"ConnectionArn": CONNECTION},
            "Headers": {"X-Order": "o-1"},
            "QueryParameters": {"page": "1"},
            "RequestBody": {"id": "o-1"},
            **arguments,
        },
        "End": True,
    }


def connection(**parameters: Any) -> TaskReply:
    extra = {
        "HeaderParameters": [{"Key": "X-Shop", "Value": "secret-header"}],
        "QueryStringParameters": [{"Key": "key", "Value": "secret-query"}],
        "BodyParameters": [{"Key": "pin", "Value": "secret-body"}],
    }
    authorization = parameters or {"BasicAuthParameters": {"Username": "u", "Password": "secret-password"}}
    return json_reply({"AuthParameters": {**authorization, "InvocationHttpParameters": extra}})


def test_function_is_called_with_a_role() -> None:
    laboratory = Laboratory(InvokeReply(200, b'{"ok":true}'))
    data = laboratory.inspected(function(), {"id": 1}, roleArn=ROLE)
    assert data["result"] == '{"ok":true}'
    [invocation] = laboratory.world.wire.invocations
    assert invocation["payload"] == b'{"id":1}'


def test_error_of_a_call_is_retriable_at_once() -> None:
    record = {"errorType": "Busy", "errorMessage": "later"}
    laboratory = Laboratory(InvokeReply(200, json.dumps(record).encode(), "Unhandled"))
    state = function(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 90}])
    answer = laboratory.call(state, roleArn=ROLE)
    assert (answer["status"], answer["error"]) == ("RETRIABLE", "Busy")
    assert "output" not in answer


def test_trace_hides_what_the_connection_adds() -> None:
    laboratory = Laboratory(connection(), json_reply({"done": True}, content_type="application/json"))
    data = laboratory.inspected(web(), roleArn=ROLE, inspectionLevel="TRACE")
    assert data["request"] == {
        "protocol": "https",
        "method": "POST",
        "url": "https://api.example/orders?page=1",
        "headers": "[X-Order: o-1, Content-Type: application/json; charset=UTF-8, "
        "User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]",
        "body": '{"id":"o-1"}',
    }
    assert data["response"] == {
        "protocol": "https",
        "statusCode": "200",
        "statusMessage": "OK",
        "headers": "[x-amzn-requestid: R1, content-type: application/json]",
        "body": '{"done": true}',
    }
    # What went over the wire is whole.
    assert b"secret-body" in laboratory.world.wire.requests[-1].body


def test_trace_reveals_connection_values_on_request() -> None:
    laboratory = Laboratory(connection(), json_reply({}))
    data = laboratory.inspected(web(), roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=True)
    request = data["request"]
    assert request["url"] == "https://api.example/orders?page=1&key=secret-query"
    assert "Authorization: Basic " in request["headers"]
    assert "X-Shop: secret-header" in request["headers"]
    assert json.loads(request["body"]) == {"id": "o-1", "pin": "secret-body"}


def test_trace_hides_the_fields_of_a_form() -> None:
    laboratory = Laboratory(connection(), json_reply({}))
    state = web(Transform={"RequestBodyEncoding": "URL_ENCODED"})
    data = laboratory.inspected(state, roleArn=ROLE, inspectionLevel="TRACE")
    assert data["request"]["body"] == "id=o-1"


def test_trace_never_shows_the_request_for_a_token() -> None:
    oauth = {
        "ClientParameters": {"ClientID": "c", "ClientSecret": "secret-client"},
        "AuthorizationEndpoint": "https://auth.example/token",
        "HttpMethod": "POST",
    }
    described = connection(OAuthParameters=oauth)
    laboratory = Laboratory(described, json_reply({"access_token": "secret-token"}), json_reply({}, 500))
    answer = laboratory.call(web(), roleArn=ROLE, inspectionLevel="TRACE")
    assert answer["error"] == "States.Http.StatusCode.500"
    assert answer["inspectionData"]["request"]["url"].startswith("https://api.example/")
    assert answer["inspectionData"]["response"]["statusCode"] == "500"
    assert "secret" not in json.dumps(answer)
    laboratory = Laboratory(described, OSError("no route"))
    answer = laboratory.call(web(), roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=True)
    assert answer["status"] == "FAILED"
    assert "request" not in answer["inspectionData"]


def test_exchange_is_returned_at_trace_level_alone() -> None:
    laboratory = Laboratory(connection(), json_reply({}))
    assert "request" not in laboratory.inspected(web(), roleArn=ROLE)


def test_request_without_an_answer_has_no_response() -> None:
    laboratory = Laboratory(connection(), OSError("refused"))
    answer = laboratory.call(web(), roleArn=ROLE, inspectionLevel="TRACE")
    assert answer["error"] == "States.Http.Socket"
    assert set(answer["inspectionData"]) >= {"request"}
    assert "response" not in answer["inspectionData"]
