"""From an API's definition to resolvers: each a plan in the JavaScript context, or a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.definition import ApiDefinition, DataSource, Resolver
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import Module, load_module
from localcloud.appsync.js.runtime import JavaScriptContext
from localcloud.appsync.vtl.templates import Templates


@dataclass(frozen=True)
class Program:
    """A resolver that can run: its plan's number in the JavaScript context."""

    name: str
    plan: int


@dataclass(frozen=True)
class BrokenResolver:
    """A resolver that cannot run; ``warning`` names it and says why."""

    warning: str
    error_type: str


class _Unservable(Exception):
    def __init__(self, reason: str, error_type: str) -> None:
        super().__init__(reason)
        self.error_type = error_type


@dataclass(frozen=True)
class _Handlers:
    """Module numbers: the one with the request handler, and the one with the response handler."""

    request: int | None = None
    response: int | None = None


class _Compiler:
    def __init__(self, api: ApiDefinition, context: JavaScriptContext) -> None:
        self.api = api
        self.context = context
        self.functions: dict[str, _Handlers] = {}

    def code(self, name: str, code: str) -> _Handlers:
        number = self.context.define(load_module(f"{name}.js", code))
        return _Handlers(number, number)

    def templates(self, templates: Templates, source: str | None, *, unit: bool) -> _Handlers:
        if templates.request is None and self.source(source, templates.name).type != "AWS_LAMBDA":
            msg = f"{templates.name} has no request template, which only a Lambda data source can do without"
            raise _Unservable(msg, "UnsupportedResolver")
        request, response = templates.step(unit=unit)
        return _Handlers(self.context.define(request), self.context.define(response))

    def source(self, name: str | None, owner: str) -> DataSource:
        source = self.api.data_sources.get(name or "")
        if source is None:
            msg = f"{owner} names the data source {name}, which the API does not have"
            raise _Unservable(msg, "DataSourceNotFound")
        return source

    def step(self, source: str | None, handlers: _Handlers, owner: str, batch: int) -> dict[str, object]:
        data_source = self.source(source, owner)
        direct = handlers.request is None
        if direct and data_source.type != "AWS_LAMBDA":
            msg = f"{owner} has no code, which only a Lambda data source can do without"
            raise _Unservable(msg, "UnsupportedResolver")
        return {
            "module": handlers.request,
            "answer": handlers.response,
            "source": data_source.name,
            "type": data_source.type,
            "direct": direct,
            "batch": batch,
        }

    def function(self, function_id: str, resolver: str) -> dict[str, object]:
        function = self.api.functions.get(function_id)
        if function is None:
            msg = f"{resolver} names the function {function_id}, which the API does not have"
            raise _Unservable(msg, "FunctionNotFound")
        owner = f"the function {function.name} of {resolver}"
        if function_id not in self.functions:
            if function.runtime == "VTL":
                templates = Templates(function.name, function.request_template, function.response_template)
                self.functions[function_id] = self.templates(templates, function.data_source, unit=False)
            elif function.code:
                self.functions[function_id] = self.code(function.name, function.code)
            else:
                self.functions[function_id] = _Handlers()
        handlers = self.functions[function_id]
        return self.step(function.data_source, handlers, owner, function.max_batch_size)

    def optional(self, module: Module | None) -> int | None:
        return None if module is None else self.context.define(module)

    def pipeline(self, resolver: Resolver, name: str) -> _Handlers:
        """Return a pipeline resolver's own handlers: what runs before and after its functions."""
        if resolver.runtime == "VTL":
            templates = Templates(name, resolver.request_template, resolver.response_template)
            before, after = templates.pipeline()
            return _Handlers(self.optional(before), self.optional(after))
        return self.code(name, resolver.code) if resolver.code else _Handlers()

    def resolver(self, resolver: Resolver) -> Program:
        name = f"{resolver.type_name}.{resolver.field_name}"
        own, ending = _Handlers(), "vtl" if resolver.runtime == "VTL" else "js"
        if resolver.kind == "PIPELINE":
            own = self.pipeline(resolver, name)
            steps = [self.function(function_id, name) for function_id in resolver.function_ids]
        else:
            if resolver.runtime == "VTL":
                templates = Templates(name, resolver.request_template, resolver.response_template)
                handlers = self.templates(templates, resolver.data_source, unit=True)
            else:
                handlers = self.code(name, resolver.code) if resolver.code else _Handlers()
            steps = [self.step(resolver.data_source, handlers, name, resolver.max_batch_size)]
        plan: dict[str, object] = {
            "typeName": resolver.type_name,
            "fieldName": resolver.field_name,
            "module": own.request,
            "answer": own.response,
            "steps": steps,
        }
        return Program(f"{name}.{ending}", self.context.plan(plan))


def compile_programs(
    api: ApiDefinition, context: JavaScriptContext
) -> Mapping[tuple[str, str], Program | BrokenResolver]:
    """Compile every resolver of an API into ``context``, by (type name, field name)."""
    compiler = _Compiler(api, context)
    programs: dict[tuple[str, str], Program | BrokenResolver] = {}
    for key, resolver in api.resolvers.items():
        try:
            programs[key] = compiler.resolver(resolver)
        except _Unservable as reason:
            programs[key] = BrokenResolver(str(reason), reason.error_type)
        except CodeError as error:
            warning = f"{resolver.type_name}.{resolver.field_name} cannot be loaded: {error}"
            programs[key] = BrokenResolver(warning, "Code")
    return programs
