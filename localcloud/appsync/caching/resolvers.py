"""The resolvers of an API with its cache before them.

Values that came without an error are kept, null among them. Root fields of mutations and subscriptions are
never cached, and within a mutation nothing is taken from the cache either: what it returns is what it did.
That the fields below a mutation's are not cached is a reading of the guide, which speaks of queries. [?]
"""

from __future__ import annotations

from localcloud.appsync import tracing
from localcloud.appsync.caching.keys import WHOLE_MAPS, call_key, evicted_key, normal
from localcloud.appsync.caching.store import ApiCache
from localcloud.appsync.calls import FieldCall
from localcloud.appsync.definition import ApiDefinition, CachingConfig
from localcloud.appsync.execution.executor import Resolvers
from localcloud.appsync.outcomes import FieldOutcome
from localcloud.appsync.tracing import DataSourceCall, Resolved

MAX_TTL = 3600
"""In seconds; AWS deletes entries after an hour whatever is asked for."""


def report_hit(type_name: str, field_name: str) -> None:
    """Show observers that the cache answered, as a question that was asked of it."""
    trace = tracing.current()
    if trace is not None:
        trace.resolved.append(Resolved(type_name, field_name, questions=[DataSourceCall("cache", "hit")]))


class CachedResolvers:
    """Takes values out of the cache, puts them there, and takes out what a mutation evicts."""

    def __init__(self, inner: Resolvers, api: ApiDefinition, cache: ApiCache) -> None:
        self._inner = inner
        self._cache = cache
        self._plans = _plans(api)
        self.warnings = inner.warnings

    def has(self, type_name: str, field_name: str) -> bool:
        """Return whether the field has a resolver."""
        return self._inner.has(type_name, field_name)

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        """Answer from the cache, or run the field's resolver."""
        if call.operation != "query":
            outcome = await self._inner.resolve(call)
            if call.operation == "mutation":  # the guide: eviction works in mutations alone
                outcome.entries_deleted = sum(
                    self._cache.evict(evicted_key(eviction.type_name, eviction.field_name, eviction.keys))
                    for eviction in outcome.evictions
                )
            return outcome
        plan = self._plans.get((call.type_name, call.field_name))
        if plan is None:
            return await self._inner.resolve(call)
        key = call_key(call, plan.keys)
        hit = self._cache.get(key)
        if hit is not None:
            report_hit(call.type_name, call.field_name)
            return FieldOutcome(hit.value)
        outcome = await self._inner.resolve(call)
        if not outcome.errors:
            self._cache.put(key, outcome.value, plan.ttl_seconds)
        return outcome


def _plans(api: ApiDefinition) -> dict[tuple[str, str], CachingConfig]:
    """Return how each cached resolver is cached, its keys in their normal form."""
    if api.cache is None or api.cache.behavior == "OPERATION_LEVEL_CACHING":
        return {}
    if api.cache.behavior == "FULL_REQUEST_CACHING":
        whole = CachingConfig(min(api.cache.ttl_seconds, MAX_TTL), WHOLE_MAPS)
        return dict.fromkeys(api.resolvers, whole)
    return {
        field: CachingConfig(
            min(resolver.caching.ttl_seconds, MAX_TTL),
            tuple(map(normal, resolver.caching.keys)) or WHOLE_MAPS,
        )
        for field, resolver in api.resolvers.items()
        if resolver.caching is not None and resolver.caching.ttl_seconds > 0
    }


def cached(inner: Resolvers, api: ApiDefinition, cache: ApiCache) -> Resolvers:
    """Return an API's resolvers with its cache before them, or as they are when it has none."""
    return CachedResolvers(inner, api, cache) if _plans(api) else inner
