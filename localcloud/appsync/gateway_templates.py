"""API Gateway's mapping templates, rendered by AppSync's own Velocity in one QuickJS context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.runtime import JavaScriptContext, JavaScriptFault
from localcloud.contracts.mapping_templates import JSON, BodyUnreadable, Rendered, TemplateFailed, Variables

NAME: Final = "template.vtl"
MAX_TEMPLATES: Final = 500
"""That are kept compiled: an API that is deployed over and over brings new ones."""


class GatewayTemplates:
    """Renders mapping templates; a :class:`localcloud.contracts.mapping_templates.Render`.

    A context of QuickJS belongs to the thread that made it, so that all are rendered in one.

    Examples
    --------
    >>> render = GatewayTemplates()
    >>> variables = Variables('{"name": "Ada"}', {"path": {"id": "7"}}, {"stage": "live"})
    >>> render("$context.stage $input.params('id') $input.json('$.name')", variables).text
    'live 7 "Ada"'
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @cached_property
    def _js(self) -> JavaScriptContext:
        # When it is needed: most stacks have no such template.
        return JavaScriptContext({})

    def __call__(self, template: str, variables: Variables) -> Rendered:
        """Return what comes of a template.

        Raises
        ------
        TemplateFailed, BodyUnreadable
        """
        places = _empty("path", "querystring", "header") | dict(variables.parameters)
        overrides = {"requestOverride": _empty("path", "querystring", "header")}
        document = {
            "input": {"body": variables.body, "params": places},
            "context": {**variables.context, **overrides, "responseOverride": _empty("header")},
            "stageVariables": variables.stage_variables,
        }
        try:
            answer = self._js.evaluate(self._number(template), "request", json.dumps(document, default=dict))
        except CodeError as error:
            raise TemplateFailed(f"line {error.line}: {error.message}") from None
        except JavaScriptFault as fault:
            raise TemplateFailed(str(fault)) from None
        return _read(json.loads(answer))

    def _number(self, template: str) -> int:
        from localcloud.appsync.vtl.compiler import compile_template  # noqa: PLC0415 - with the first template

        if template not in self._numbers:
            if len(self._numbers) >= MAX_TEMPLATES:
                self.__dict__.pop("_js", None)
                self._numbers.clear()
            self._numbers[template] = self._js.define(compile_template(NAME, template, "gateway"))
        return self._numbers[template]


def _empty(*names: str) -> dict[str, Mapping[str, str]]:
    return {name: {} for name in names}


def _read(outcome: dict[str, JSON]) -> Rendered:
    match outcome:
        case {"failure": {"type": "BadRequestBody", "message": message}}:
            raise BodyUnreadable(str(message))
        case {"failure": {"message": message}} | {"crash": {"text": message}}:
            raise TemplateFailed(str(message))
        case {"value": {"text": str(text), "requestOverride": request, "responseOverride": response}}:
            return Rendered(text, _mapping(request), _mapping(response))
    raise TemplateFailed("the template gave nothing")


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}
