"""Resolvers unit-tested with boto3, as AWS documents it: against the engine's address."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World

NOTES = Path(__file__).parents[1] / "localcloud" / "notes" / "js"
RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
CONTEXT = json.dumps({"arguments": {"board": "today", "text": "Milk"}})


def evaluate(world: World, code: str, context: str = CONTEXT, **how: Any) -> Any:
    answer = world.client("appsync").evaluate_code(
        **({"runtime": RUNTIME, "code": code, "context": context, "function": "request"} | how)
    )
    del answer["ResponseMetadata"]
    return answer


def check_evaluate(world: World) -> None:
    answer = evaluate(world, (NOTES / "board.js").read_text(), json.dumps({"arguments": {"name": "today"}}))
    assert json.loads(answer.pop("evaluationResult")) == {
        "operation": "Query",
        "query": {"expression": "board = :board", "expressionValues": {":board": {"S": "today"}}},
        "limit": 100,
    }
    assert answer == {"logs": [], "stash": "{}", "outErrors": "[]"}
    rendered = world.client("appsync").evaluate_mapping_template(
        template='{"who": "$ctx.args.text", "all": $util.toJson($ctx.args)}', context=CONTEXT
    )
    assert rendered["evaluationResult"] == '{"who": "Milk", "all": {"board":"today","text":"Milk"}}'


def test_evaluate_runs_code_and_mapping_templates(world: World) -> None:
    check_evaluate(world)


def test_evaluate_runs_a_request_handler_of_a_project(world: World) -> None:
    request = json.loads(evaluate(world, (NOTES / "addNote.js").read_text())["evaluationResult"])
    assert request["operation"] == "PutItem"
    assert request["key"]["board"] == {"S": "today"}
    assert re.fullmatch(r"[0-9a-f-]{36}", request["key"]["id"]["S"])
    assert request["attributeValues"]["text"] == {"S": "Milk"}


def test_evaluate_reports_a_failing_response_handler(world: World) -> None:
    context = json.dumps({"error": {"message": "no", "type": "DynamoDB:Some"}})
    code = (NOTES / "addNote.js").read_text()
    answer = evaluate(world, code, context, function="response")
    assert answer["error"] == {"message": "no", "codeErrors": []}
    assert "evaluationResult" not in answer


def test_evaluate_reports_each_broken_rule_with_its_place(world: World) -> None:
    code = "export function request(ctx) {\n  while (true) {}\n  return /a/;\n}\n"
    answer = evaluate(world, code)
    assert [code_error["errorType"] for code_error in answer["error"]["codeErrors"]] == [
        "LINT_ERROR",
        "LINT_ERROR",
    ]
    first, second = answer["error"]["codeErrors"]
    assert first["location"] == {"line": 2, "column": 3, "span": 5}
    assert second["location"] == {"line": 3, "column": 10, "span": 3}
    assert first["value"].startswith("@aws-appsync/no-while: ")
    assert (
        answer["error"]["message"].splitlines()[1].startswith("code.js(3,10): error @aws-appsync/no-regex: ")
    )


def test_evaluate_refuses_invalid_arguments(world: World) -> None:
    code = "export const request = () => 1;"
    for how, message in (
        ({"context": "{x"}, "The context is not valid JSON"),
        ({"context": "[]"}, "The context is no JSON object"),
        ({"function": "other"}, "The function other cannot be evaluated"),
        ({"runtime": RUNTIME | {"runtimeVersion": "9"}}, "The version 9 of APPSYNC_JS is not supported"),
        ({"runtime": RUNTIME | {"name": "PYTHON"}}, "The runtime PYTHON is not supported"),
        ({"code": "x" * 32_769}, "code has 32769 characters"),
    ):
        with pytest.raises(ClientError, match=message) as refused:
            evaluate(world, **({"code": code} | how))
        assert refused.value.response["Error"]["Code"] == "BadRequestException"
    with pytest.raises(ClientError, match="The context is not valid JSON"):
        world.client("appsync").evaluate_mapping_template(template="{}", context="{x}")


def test_evaluate_reports_where_a_template_fails(world: World) -> None:
    appsync = world.client("appsync")
    broken = appsync.evaluate_mapping_template(template="{}\n#if($x", context="{}")
    assert broken["error"] == {
        "message": "template.vtl:2:7: expected ) after the condition of #if, found the end"
    }
    refused = appsync.evaluate_mapping_template(template="$util.unauthorized()", context="{}")
    assert refused["error"] == {"message": "Unauthorized"}
    assert "evaluationResult" not in refused
