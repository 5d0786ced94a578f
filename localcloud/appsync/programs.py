"""From an API's definition to resolvers: each a plan in the JavaScript context, or a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.definition import SERVED_SOURCES, ApiDefinition, Resolver
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext


@dataclass(frozen=True)
class Program:
    """A resolver that can run: its plan's number in the JavaScript context."""

    name: str
    plan: int


@dataclass(frozen=True)
class Broken:
    """A resolver that cannot run; ``warning`` names it and says why."""

    warning: str
    error_type: str


class _Unservable(Exception):
    def __init__(self, reason: str, error_type: str) -> None:
        super().__init__(reason)
        self.error_type = error_type


class _Compiler:
    def __init__(self, api: ApiDefinition, context: JavaScriptContext) -> None:
        self.api = api
        self.context = context
        self.functions: dict[str, int] = {}

    def module(self, name: str, code: str) -> int:
        return self.context.define(load_module(name, code))

    def step(self, source: str | None, module: int | None, owner: str, batch: int) -> dict[str, object]:
        found = self.api.data_sources.get(source or "")
        if found is None:
            msg = f"{owner} names the data source {source}, which the API does not have"
            raise _Unservable(msg, "DataSourceNotFound")
        if found.type not in SERVED_SOURCES:
            msg = f"{owner}: data source {found.name} is of type {found.type}, which is not supported"
            raise _Unservable(msg, "UnsupportedDataSource")
        if module is None and found.type != "AWS_LAMBDA":
            msg = f"{owner} has no code, which only a Lambda data source can do without"
            raise _Unservable(msg, "UnsupportedResolver")
        return {
            "module": module,
            "source": found.name,
            "type": found.type,
            "direct": module is None,
            "batch": batch,
        }

    def function(self, function_id: str, owner: str) -> dict[str, object]:
        function = self.api.functions.get(function_id)
        if function is None:
            msg = f"{owner} names the function {function_id}, which the API does not have"
            raise _Unservable(msg, "FunctionNotFound")
        if function.runtime == "VTL":
            msg = f"{owner}: function {function.name} is written in VTL; the local cloud runs APPSYNC_JS"
            raise _Unservable(msg, "UnsupportedRuntime")
        if not function.code:
            module = None
        else:
            if function_id not in self.functions:
                self.functions[function_id] = self.module(f"{function.name}.js", function.code)
            module = self.functions[function_id]
        owner = f"the function {function.name} of {owner}"
        return self.step(function.data_source, module, owner, function.max_batch_size)

    def resolver(self, resolver: Resolver) -> Program:
        name = f"{resolver.type_name}.{resolver.field_name}"
        if resolver.runtime == "VTL":
            msg = f"{name} is written in VTL; the local cloud runs APPSYNC_JS"
            raise _Unservable(msg, "UnsupportedRuntime")
        module = self.module(f"{name}.js", resolver.code) if resolver.code else None
        pipeline = resolver.kind == "PIPELINE"
        if pipeline:
            steps = [self.function(one, name) for one in resolver.function_ids]
        else:
            steps = [self.step(resolver.data_source, module, name, resolver.max_batch_size)]
        plan: dict[str, object] = {
            "typeName": resolver.type_name,
            "fieldName": resolver.field_name,
            "module": module if pipeline else None,
            "steps": steps,
        }
        return Program(f"{name}.js", self.context.plan(plan))


def compile_programs(
    api: ApiDefinition, context: JavaScriptContext
) -> Mapping[tuple[str, str], Program | Broken]:
    """Compile every resolver of an API into ``context``, by (type name, field name)."""
    compiler = _Compiler(api, context)
    programs: dict[tuple[str, str], Program | Broken] = {}
    for key, resolver in api.resolvers.items():
        try:
            programs[key] = compiler.resolver(resolver)
        except _Unservable as reason:
            programs[key] = Broken(str(reason), reason.error_type)
        except CodeError as error:
            warning = f"{resolver.type_name}.{resolver.field_name} cannot be loaded: {error}"
            programs[key] = Broken(warning, "Code")
    return programs
