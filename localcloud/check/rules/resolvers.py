"""Resolvers, functions and data sources: whether all that is named is there, and can work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import ApiModel, Name, ResolverModel, StepModel
from localcloud.check.schemas import Checked

MAX_FUNCTIONS: Final = 10
MAX_BATCH: Final = 2000
_LAMBDA: Final = "AWS_LAMBDA"


def _error(step: StepModel, rule: str, message: str) -> Finding:
    return Finding(step.place, Severity.ERROR, rule, message)


def check_fields(checked: Checked) -> Iterator[Finding]:
    """Find resolvers of what the schema does not have, and root fields that nothing resolves."""
    resolved = set()
    for resolver in checked.api.resolvers:
        if resolver.type_name is None or resolver.field_name is None:
            continue
        resolved.add((resolver.type_name, resolver.field_name))
        object_type = checked.object_type(resolver.type_name)
        if object_type is None:
            message = f"the resolver {resolver.logical_id} is for {resolver.field}: there is no such type"
            yield _error(resolver, "resolver-type-unknown", message)
        elif resolver.field_name not in object_type.fields:
            message = f"the resolver {resolver.logical_id} is for {resolver.field}: there is no such field"
            yield _error(resolver, "resolver-field-unknown", message)
    if any(resolver.type_name is None or resolver.field_name is None for resolver in checked.api.resolvers):
        return  # one that is not known may be for any field
    for root in (checked.schema.graphql.query_type, checked.schema.graphql.mutation_type):
        for name in root.fields if root is not None else ():
            if root is not None and (root.name, name) not in resolved:
                message = f"nothing resolves {root.name}.{name}: it is always null"
                yield Finding(
                    checked.place(root.name, name), Severity.WARNING, "field-without-resolver", message
                )


def check_steps(api: ApiModel) -> Iterator[Finding]:
    """Find what is named and missing, and what AppSync does not take, without a look at the schema."""
    fields = Counter(r.field for r in api.resolvers if r.type_name and r.field_name)
    for resolver in api.resolvers:
        if fields[resolver.field] > 1:
            message = f"{resolver.field} has more than one resolver"
            yield _error(resolver, "resolver-twice", message)
        if resolver.functions is None:
            yield from _step(api, resolver, f"the resolver of {resolver.field}")
        else:
            yield from _pipeline(api, resolver)
    for function in api.functions:
        yield from _step(api, function, f"the function {function.name or function.logical_id}")


def _pipeline(api: ApiModel, resolver: ResolverModel) -> Iterator[Finding]:
    functions = resolver.functions or ()
    if not functions:
        message = f"the resolver of {resolver.field} is a pipeline without functions"
        yield _error(resolver, "pipeline-empty", message)
    if len(functions) > MAX_FUNCTIONS:
        message = (
            f"the pipeline of {resolver.field} has {len(functions)} functions of {MAX_FUNCTIONS} at most"
        )
        yield _error(resolver, "pipeline-too-long", message)
    for name in functions:
        if name.logical_id is not None and api.function(name) is None:
            message = f"the pipeline of {resolver.field} names the function {name}, which is not there"
            yield _error(resolver, "function-missing", message)
        elif name.logical_id is None:
            message = f"a function in the pipeline of {resolver.field} is known only once it is deployed"
            yield Finding(resolver.place, Severity.NOTE, "unresolved", message)


def _step(api: ApiModel, step: StepModel, what: str) -> Iterator[Finding]:
    name = step.source
    if name is None:
        yield _error(step, "data-source-missing", f"{what} names no data source")
        return
    if not name.is_known:
        yield _unresolved(step, what)
        return
    source = api.source(name)
    if source is None:
        if not _maybe_elsewhere(api, name):
            message = f"{what} names the data source {name}, which the API does not have"
            yield _error(step, "data-source-missing", message)
        return
    if not step.code and step.complete and source.type and source.type != _LAMBDA:
        message = f"{what} has no code, and its data source {name} ({source.type}) needs some"
        yield _error(step, "code-missing", message)
    if step.batch > MAX_BATCH:
        message = f"{what} has a MaxBatchSize of {step.batch}; AppSync takes {MAX_BATCH}"
        yield _error(step, "batch-size", message)
    if step.batch and source.type and source.type != _LAMBDA:
        message = f"{what} has a MaxBatchSize, which only Lambda data sources have ({name}: {source.type})"
        yield _error(step, "batch-size", message)


def _unresolved(step: StepModel, what: str) -> Finding:
    message = f"{what}: its data source is known only once it is deployed"
    return Finding(step.place, Severity.NOTE, "unresolved", message)


def _maybe_elsewhere(api: ApiModel, name: Name) -> bool:
    """Return whether a data source whose name is not known may be the one that is named."""
    return name.text is not None and any(source.name is None for source in api.sources)
