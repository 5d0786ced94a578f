"""Fields that cannot answer: their data source is one that nothing here answers for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from localcloud.appsync.datasources.absent import absence
from localcloud.appsync.definition import ApiDefinition, DataSource, LambdaConfig


class Unanswerable(NamedTuple):
    """A data source that nothing answers for."""

    sentence: str
    fields: tuple[str, ...]
    """Those that need it."""


def unanswerable(api: ApiDefinition, functions: Mapping[str, str] | None = None) -> Iterator[Unanswerable]:
    """Yield the data sources of an API that nothing answers for.

    Parameters
    ----------
    functions
        Why functions cannot run, by their names.
    """
    for source in api.data_sources.values():
        problem = absence(source) or _of_function(source, functions or {})
        if problem is None:
            continue
        steps = {function.id for function in api.functions.values() if function.data_source == source.name}
        fields = tuple(
            f"{resolver.type_name}.{resolver.field_name}"
            for resolver in api.resolvers.values()
            if resolver.data_source == source.name or steps & set(resolver.function_ids)
        )
        sentence = f"AppSync API {api.name}: data source {source.name} {problem}"
        needed = f" (needed by {', '.join(fields)})" if fields else ""
        yield Unanswerable(sentence + needed, fields)


def _of_function(source: DataSource, functions: Mapping[str, str]) -> str | None:
    if not isinstance(source.config, LambdaConfig):
        return None
    name = source.config.function_arn.partition(":function:")[2].partition(":")[0]
    return f"invokes {name}, which cannot run here" if name in functions else None
