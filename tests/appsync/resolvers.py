"""Small APIs for tests of resolvers: a definition from a few strings, and functions that are Python."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.datasources.lambda_function import Invoker
from localcloud.appsync.definition import (
    JSON,
    ApiDefinition,
    AuthMode,
    DataSource,
    LambdaConfig,
    PipelineFunction,
    Resolver,
)
from localcloud.appsync.resolving import FieldCall, FieldOutcome, ResolverEngine
from localcloud.aws import Credentials, EngineAddress
from localcloud.functions.errors import FunctionNotFound
from localcloud.functions.model import InvokeResult
from tests.appsync.js_support import value

NOWHERE = EngineAddress(
    "http://127.0.0.1:9", "us-east-1", "000000000000", Credentials("000000000000", "secret")
)
NONE = DataSource("none", "NONE")
LAMBDA = DataSource("lambda", "AWS_LAMBDA", LambdaConfig("arn:aws:lambda:us-east-1:000000000000:function:f"))
PASS = (
    "export const request = (ctx) => ({ payload: ctx.args });\nexport const response = (ctx) => ctx.result;\n"
)


class FunctionFailed(Exception):
    """What a fake function raises to fail as Lambda has it."""

    def __init__(self, message: str, kind: str = "Error") -> None:
        super().__init__(message)
        self.document = {"errorMessage": message, "errorType": kind}


@dataclass
class FakeFunctions:
    """The Lambda service: functions by the last part of their ARN, and what they were sent."""

    functions: dict[str, Callable[[JSON], JSON]] = field(default_factory=dict)
    events: list[JSON] = field(default_factory=list)

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        name = function.rpartition(":")[2]
        if name not in self.functions:
            raise FunctionNotFound(name)
        event: JSON = json.loads(payload)
        self.events.append(event)
        try:
            answer = self.functions[name](event)
        except FunctionFailed as error:
            return InvokeResult(json.dumps(error.document).encode(), "Unhandled")
        return InvokeResult(b"" if asynchronous else json.dumps(answer).encode())


def unit(code: str | None, *, source: str = "none", on: str = "Query.field", **options: object) -> Resolver:
    """A UNIT resolver."""
    type_name, _, field_name = on.partition(".")
    runtime = "APPSYNC_JS" if code is not None else None
    return Resolver(type_name, field_name, data_source=source, code=code, runtime=runtime, **options)  # type: ignore[arg-type]


def pipeline(code: str | None, *functions: PipelineFunction, on: str = "Query.field") -> Resolver:
    """A PIPELINE resolver."""
    type_name, _, field_name = on.partition(".")
    return Resolver(
        type_name,
        field_name,
        "PIPELINE",
        function_ids=tuple(function.id for function in functions),
        code=code,
    )


def step(name: str, code: str, source: str = "none") -> PipelineFunction:
    """A function of a pipeline."""
    return PipelineFunction(f"id-{name}", name, source, code)


def api(
    *resolvers: Resolver,
    functions: Iterable[PipelineFunction] = (),
    sources: Iterable[DataSource] = (NONE, LAMBDA),
    environment: Mapping[str, str] | None = None,
) -> ApiDefinition:
    """A definition of nothing but resolvers."""
    return ApiDefinition(
        "api",
        "test",
        "",
        AuthMode("API_KEY"),
        data_sources={source.name: source for source in sources},
        functions={function.id: function for function in functions},
        resolvers={(resolver.type_name, resolver.field_name): resolver for resolver in resolvers},
        environment=environment or {},
    )


@asynccontextmanager
async def engine(
    definition: ApiDefinition, functions: Invoker | None = None, address: EngineAddress = NOWHERE
) -> AsyncIterator[ResolverEngine]:
    """The resolvers of an API, with their data sources closed behind."""
    clients = DataSourceClients(address, functions or FakeFunctions())
    try:
        yield ResolverEngine(definition, sources=clients)
    finally:
        await clients.close()


def call(
    arguments: dict[str, JSON] | None = None, *, on: str = "Query.field", **options: object
) -> FieldCall:
    """A call of a field."""
    type_name, _, field_name = on.partition(".")
    return FieldCall(type_name, field_name, arguments or {}, **options)  # type: ignore[arg-type]


def returning(expression: str) -> str:
    """The code of a resolver on NONE whose value is a JavaScript expression of its request handler."""
    request = f"export const request = (ctx) => ({{ payload: {expression} }});"
    return f"{request}\nexport const response = (ctx) => ctx.result;"


async def run(code: str, arguments: dict[str, JSON] | None = None, **options: object) -> FieldOutcome:
    """Run a UNIT resolver on NONE once."""
    async with engine(api(unit(code), environment={"STAGE": "test"})) as resolvers:
        assert resolvers.warnings == []
        return await resolvers.resolve(call(arguments, on="Query.field", **options))


async def evaluate(expression: str, arguments: dict[str, JSON] | None = None) -> JSON:
    """Return what a JavaScript expression gives inside a handler."""
    return value(expression, {"arguments": arguments or {}})
