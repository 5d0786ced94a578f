"""The deployed API's resolvers, compiled, with data sources that answer what a test tells them to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import (
    JSON,
    ApiDefinition,
    AuthMode,
    DataSource,
    DataSourceConfig,
    PipelineFunction,
    Resolver,
)
from localcloud.appsync.resolving import FieldCall, FieldOutcome, ResolverEngine
from tests.shape import shape

ADA = {"sub": "ada", "username": "ada", "groups": None}
GRACE = {"sub": "grace", "username": "grace", "groups": ["customers"]}
STAFF = {"sub": "margaret", "username": "staff", "groups": ["staff"]}
ENVIRONMENT = {
    "ORDERS_TABLE": "orders",
    "STATE_MACHINE_ARN": "arn:machine",
    "EXPRESS_MACHINE_ARN": "arn:express",
    "DURABLE_FUNCTION_ARN": "arn:aws:lambda:eu-west-1:123456789012:function:run-order:live",
    "ORCHESTRATOR": "workflow",
    "EXPRESS_ORDERS": "false",
    "PACE_SECONDS": "2",
    "APPROVAL_LIMIT": "100000",
    "FLAGGED_COUNTRIES": "AQ,BV",
    "ORDER_QUEUE_URL": "http://queue",
    "ANALYTICS": "true",
    "STAFF_BOARD": "true",
}
Answer = Callable[[Any], JSON]


def refused(kind: str, result: JSON = None) -> Answer:
    """Answer as a data source that says no."""

    def fail(_: Any) -> JSON:
        raise DataSourceFailure("no", kind, result)

    return fail


@dataclass
class _Source:
    name: str
    world: Scripted

    async def execute(self, request: JSON, _call: FieldCall) -> JSON:
        self.world.requests.append((self.name, copy.deepcopy(request)))
        return self.world.answers[self.name].pop(0)(request)


@dataclass
class Scripted:
    """Data sources by script: each answers its list of answers, one after the other."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[tuple[str, Any]] = field(default_factory=list)

    def open(self, source: DataSource) -> _Source:
        return _Source(source.name, self)

    async def close(self) -> None:
        """Nothing is open."""


def definition(
    configs: Mapping[str, DataSourceConfig] | None = None, environment: Mapping[str, str] = ENVIRONMENT
) -> ApiDefinition:
    """Return the template's API, as the loader would; ``configs`` say where its data sources are."""
    sources = {
        body["Name"]: DataSource(body["Name"], body["Type"], (configs or {}).get(body["Name"]))
        for body in shape.resources("AWS::AppSync::DataSource").values()
    }
    code = shape.javascript()
    functions = {
        logical_id: PipelineFunction(
            logical_id, body["Name"], _source(body["DataSourceName"]), code[body["CodeS3Location"]]
        )
        for logical_id, body in shape.resources("AWS::AppSync::FunctionConfiguration").items()
    }
    resolvers = {
        (body["TypeName"], body["FieldName"]): Resolver(
            body["TypeName"],
            body["FieldName"],
            kind=body["Kind"],
            data_source=_source(body["DataSourceName"]) if "DataSourceName" in body else None,
            function_ids=tuple(
                shape.reference(function) for function in body.get("PipelineConfig", {}).get("Functions", [])
            ),
            code=code[body["CodeS3Location"]],
        )
        for body in shape.resources("AWS::AppSync::Resolver").values()
    }
    return ApiDefinition(
        id="api",
        name="orderwire",
        schema_sdl="",
        default_auth=AuthMode("AMAZON_COGNITO_USER_POOLS"),
        data_sources=sources,
        functions=functions,
        resolvers=resolvers,
        environment=environment,
    )


def _source(reference: object) -> str:
    if isinstance(reference, dict) and "Fn::If" in reference:
        # With all parts on; what is off has a resolver without a data source.
        reference = reference["Fn::If"][1]
    name: str = shape.resources("AWS::AppSync::DataSource")[shape.reference(reference)]["Name"]
    return name


class Api:
    """The resolvers, and what they asked of their data sources last."""

    def __init__(self, **environment: str) -> None:
        self._world = Scripted()
        created = definition(environment={**ENVIRONMENT, **environment})
        self.engine = ResolverEngine(created, sources=self._world)

    @property
    def requests(self) -> list[tuple[str, Any]]:
        return self._world.requests

    async def call(
        self,
        field_name: str,
        arguments: dict[str, Any],
        *,
        identity: Any = ADA,
        source: JSON = None,
        headers: Mapping[str, str] | None = None,
        **answers: list[Answer],
    ) -> FieldOutcome:
        """Resolve ``Type.field``; ``Orders=[…]`` are that data source's answers, each of which is used."""
        self._world.answers = answers
        self._world.requests = []
        type_name, name = field_name.split(".")
        outcome = await self.engine.resolve(
            FieldCall(
                type_name,
                name,
                arguments,
                source=source,
                identity=identity,
                request_headers=dict(headers or {}),
            )
        )
        remaining = {source: rest for source, rest in answers.items() if rest}
        assert not remaining, f"not asked for: {remaining}"
        return outcome
