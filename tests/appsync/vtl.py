"""Short ways to render mapping templates, and to make resolvers of them."""

from __future__ import annotations

import functools
import json

import pytest

from localcloud.appsync.definition import JSON, PipelineFunction, Resolver
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.runtime import JavaScriptContext
from localcloud.appsync.outcomes import FieldOutcome, crash_error
from localcloud.appsync.vtl.compiler import compile_template
from tests.appsync.resolvers import FakeFunctions, api, call, engine

RESULT = "$util.toJson($ctx.result)"


class TemplateFailed(Exception):
    """A template gave an error."""


@functools.cache
def _js() -> JavaScriptContext:
    # One for all: a context takes longer to make than a template to render.
    return JavaScriptContext({})


def render(template: str, **context: JSON) -> str:
    """What a template gives, as text; TemplateFailed says why if it gives nothing."""
    try:
        number = _js().define(compile_template("template.vtl", template, "text"))
    except CodeError as error:
        raise TemplateFailed(f"{error.module}:{error.line}:{error.column}: {error.message}") from None
    outcome = json.loads(_js().evaluate(number, "request", json.dumps(context)))
    if failure := outcome.get("failure"):
        raise TemplateFailed(failure["message"])
    if crash := outcome.get("crash"):
        raise TemplateFailed(crash_error(crash["module"], crash["text"], crash["stack"]).message)
    return str(outcome["value"])


def value(expression: str, **context: JSON) -> JSON:
    """What an expression gives, in Velocity's words."""
    return json.loads(render(f"#set($value = {expression})\n$util.toJson($value)", **context))  # type: ignore[no-any-return]


def failure(template: str, **context: JSON) -> str:
    """Why a template gives nothing."""
    with pytest.raises(TemplateFailed) as problem:
        render(template, **context)
    return str(problem.value)


def templates(
    request: str | None, response: str | None = RESULT, *, source: str = "none", on: str = "Query.field"
) -> Resolver:
    """A UNIT resolver of two templates."""
    type_name, _, field_name = on.partition(".")
    return Resolver(
        type_name,
        field_name,
        data_source=source,
        runtime="VTL",
        request_template=request,
        response_template=response,
    )


def step(
    name: str, request: str | None, response: str | None = RESULT, source: str = "none"
) -> PipelineFunction:
    """A function of two templates."""
    return PipelineFunction(
        f"id-{name}",
        name,
        source,
        "",
        runtime="VTL",
        request_template=request,
        response_template=response,
    )


def pipeline(request: str | None, response: str | None, *functions: PipelineFunction) -> Resolver:
    """A PIPELINE resolver of two templates."""
    return Resolver(
        "Query",
        "field",
        "PIPELINE",
        function_ids=tuple(function.id for function in functions),
        runtime="VTL",
        request_template=request,
        response_template=response,
    )


async def resolve(
    resolver: Resolver,
    *steps: PipelineFunction,
    functions: FakeFunctions | None = None,
    arguments: dict[str, JSON] | None = None,
    **options: object,
) -> FieldOutcome:
    """Call a resolver once."""
    async with engine(api(resolver, functions=steps), functions) as resolvers:
        assert resolvers.warnings == []
        return await resolvers.resolve(call(arguments, **options))  # type: ignore[arg-type]
