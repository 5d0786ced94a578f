"""How each handler of an Event API runs, or why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from localcloud.appsync.datasources.clients import SourceClient
from localcloud.appsync.definition import LambdaConfig
from localcloud.appsync.events.definition import EventApiDefinition, HandlerConfig, Namespace
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext

Handler = Literal["onPublish", "onSubscribe"]
HANDLERS: Final[tuple[Handler, ...]] = ("onPublish", "onSubscribe")


@dataclass(frozen=True)
class HandlerPlan:
    """How a handler runs.

    Attributes
    ----------
    module
        Its file's number in the JavaScript context; None where a function is invoked directly.
    source
        What is asked: between its request and its response, or directly.
    waits
        Whether the function's answer counts.
    """

    module: int | None = None
    source: SourceClient | None = None
    waits: bool = True


@dataclass(frozen=True)
class BrokenHandler:
    """A handler that cannot run; ``warning`` names it and says why."""

    warning: str


class _Unservable(Exception):
    pass


@dataclass(frozen=True)
class _Planner:
    api: EventApiDefinition
    sources: Mapping[str, SourceClient]

    def plan(
        self, handler: Handler, config: HandlerConfig, module: int | None, functions: frozenset[str]
    ) -> HandlerPlan | None:
        """Return how a handler runs; None when there is none."""
        if config.behavior == "DIRECT":
            return self._direct(config)
        if handler in functions:
            return HandlerPlan(module)
        halves = {f"{handler}.request", f"{handler}.response"}
        if not functions & halves:
            return None
        if not functions >= halves:
            raise _Unservable("needs both a request and a response")
        source = self.sources.get(config.data_source or "")
        if source is None:
            raise _Unservable(f"asks the data source {config.data_source}, which the API does not have")
        return HandlerPlan(module, source)

    def _direct(self, config: HandlerConfig) -> HandlerPlan:
        source = self.api.data_sources.get(config.data_source or "")
        if source is None or not isinstance(source.config, LambdaConfig):
            raise _Unservable(f"is integrated with {config.data_source}, which is no Lambda function")
        return HandlerPlan(source=self.sources[source.name], waits=config.invoke_type == "REQUEST_RESPONSE")


def _loaded(namespace: Namespace, context: JavaScriptContext | None) -> tuple[int | None, frozenset[str]]:
    """Load a namespace's file; return its number and the functions that it exports."""
    if namespace.code is None or context is None:
        return None, frozenset()
    module = context.define(load_module(f"{namespace.name}.js", namespace.code, needs=(), optional=HANDLERS))
    return module, context.functions(module)


def plan_handlers(
    api: EventApiDefinition, context: JavaScriptContext | None, sources: Mapping[str, SourceClient]
) -> dict[tuple[str, Handler], HandlerPlan | BrokenHandler]:
    """Compile every handler of an API into ``context``, by namespace and handler."""
    planner = _Planner(api, sources)
    plans: dict[tuple[str, Handler], HandlerPlan | BrokenHandler] = {}
    for namespace in api.namespaces.values():
        where = f"AppSync Event API {api.name}, namespace {namespace.name}"
        try:
            module, functions = _loaded(namespace, context)
        except CodeError as problem:
            broken = BrokenHandler(f"{where}: its handlers cannot be loaded: {problem}")
            plans |= {(namespace.name, handler): broken for handler in HANDLERS}
            continue
        for handler, config in zip(HANDLERS, (namespace.on_publish, namespace.on_subscribe), strict=True):
            try:
                plan: HandlerPlan | BrokenHandler | None = planner.plan(handler, config, module, functions)
            except _Unservable as reason:
                plan = BrokenHandler(f"{where}: {handler} {reason}.")
            if plan is not None:
                plans[namespace.name, handler] = plan
    return plans
