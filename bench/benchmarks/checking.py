"""``localcloud check`` of a template of 500 resources, beside AWS's linter in the same run.

CloudFormation takes no more than 500 resources in a template. Both are run as a person runs them, as a
process from its start to its end, in turns.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.sides import ROOT
from bench.statistics import summarize

RESOURCES: Final = 500
TIMES_SOONER: Final = Target(at_least=3.0)
# cfn-lint: 2 warnings, 4 errors, 8 informational, added up; ours: 0 no error, 1 errors.
_FINISHED: Final = frozenset(range(16))


async def run(context: Context) -> Sequence[Figure]:
    """Time both, one after the other."""
    linter = ROOT / ".venv" / "bin" / "cfn-lint"
    if not linter.exists():
        raise NotMeasured("cfn-lint is not installed: run `make setup-dev`")
    check = [str(context.side.python), "-m", "localcloud", "check"]
    template = context.folder / "template.json"
    template.write_text(json.dumps({"Resources": dict(_resources(RESOURCES))}, indent=1), encoding="utf-8")
    ours, theirs = [], []
    for turn in range(1 if context.quick else 5):
        ours.append(await _seconds(context, *check, str(template)))
        theirs.append(await _seconds(context, str(linter), str(template)))
        context.say(f"turn {turn + 1}: {ours[-1]:.2f} s, cfn-lint {theirs[-1]:.2f} s")
    checked, linted = summarize(ours), summarize(theirs)
    return [
        Figure("check of 500 resources", checked.median, "s", spread=checked),
        Figure("cfn-lint of the same template", linted.median, "s", spread=linted),
        Figure("check, of cfn-lint", linted.median / checked.median, "times sooner", TIMES_SOONER),
    ]


async def _seconds(context: Context, *command: str) -> float:
    """Return how long a command takes. Raises `NotMeasured` where it ends otherwise than by its findings."""
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, cwd=context.side.root, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode not in _FINISHED or b"Traceback" in errors:
        raise NotMeasured(f"{Path(command[0]).name} failed: {errors.decode(errors='replace')[-300:]}")
    return time.perf_counter() - start


def _resources(count: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield groups of a table, a queue and a function that takes from it, and an API with its resolvers."""
    groups = (count - 60) // 6
    for number in range(groups):
        yield from _group(number)
    fields = count - groups * 6 - 3
    names = [f"f{number}" for number in range(fields)]
    sdl = "type Query {\n" + "\n".join(f"  {name}(id: ID!): String" for name in names) + "\n}\n"
    api = {"Fn::GetAtt": ["Api", "ApiId"]}
    yield "Api", _of("AppSync::GraphQLApi", Name="api", AuthenticationType="AWS_IAM")
    yield "Schema", _of("AppSync::GraphQLSchema", ApiId=api, Definition=sdl)
    yield "Nothing", _of("AppSync::DataSource", ApiId=api, Name="nothing", Type="NONE")
    for name in names:
        yield (
            f"Resolver{name}",
            _of(
                "AppSync::Resolver",
                ApiId=api,
                TypeName="Query",
                FieldName=name,
                DataSourceName={"Fn::GetAtt": ["Nothing", "Name"]},
                Runtime={"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"},
                Code=(
                    "export function request(ctx) { return { payload: ctx.args.id } }\n"
                    "export function response(ctx) { return ctx.result }\n"
                ),
            ),
        )


def _group(number: int) -> Iterator[tuple[str, dict[str, object]]]:
    table, queue, role, function = (f"{kind}{number}" for kind in ("Table", "Queue", "Role", "Function"))
    yield (
        table,
        _of(
            "DynamoDB::Table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ),
    )
    yield queue, _of("SQS::Queue", VisibilityTimeout=60)
    yield role, _role(table, queue)
    yield (
        function,
        _of(
            "Lambda::Function",
            Runtime="python3.12",
            Handler="index.handler",
            Role={"Fn::GetAtt": [role, "Arn"]},
            Code={"ZipFile": "def handler(event, context):\n    return event\n"},
            Environment={"Variables": {"TABLE": {"Ref": table}}},
        ),
    )
    source = {"Fn::GetAtt": [queue, "Arn"]}
    yield (
        f"Mapping{number}",
        _of("Lambda::EventSourceMapping", EventSourceArn=source, FunctionName={"Ref": function}),
    )
    name = {"Fn::Sub": f"/aws/lambda/${{{function}}}"}
    yield f"Logs{number}", _of("Logs::LogGroup", LogGroupName=name, RetentionInDays=7)


def _role(table: str, queue: str) -> dict[str, object]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = [
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": [table, "Arn"]}},
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": {"Fn::GetAtt": [queue, "Arn"]},
        },
    ]
    return _of(
        "IAM::Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
        Policies=[{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": rights}}],
    )


def _of(type: str, **properties: object) -> dict[str, object]:
    return {"Type": f"AWS::{type}", "Properties": properties}


BENCHMARK = Benchmark("check", "Local cloud: check of a large template", 300, run)
