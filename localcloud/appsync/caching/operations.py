"""Whole answers of queries, kept: ``OPERATION_LEVEL_CACHING``."""

from __future__ import annotations

import json
from typing import Final

from graphql import OperationType

from localcloud.appsync.api import GraphQLResult, Prepared
from localcloud.appsync.caching.keys import operation_key
from localcloud.appsync.caching.resolvers import MAX_TTL, report_hit
from localcloud.appsync.caching.store import ApiCache
from localcloud.appsync.definition import ApiCacheConfig

MAX_ANSWER_BYTES: Final = 15 * 1024 * 1024


class CachedOperations:
    """The answers of one API's queries."""

    def __init__(self, cache: ApiCache, ttl_seconds: int) -> None:
        self._cache = cache
        self._ttl = min(ttl_seconds, MAX_TTL)

    def find(self, prepared: Prepared) -> GraphQLResult | None:
        """Return a request's answer if it is a query that was answered already."""
        if prepared.operation.node.operation is not OperationType.QUERY:
            return None
        hit = self._cache.get(operation_key(prepared))
        if hit is None:
            return None
        report_hit(prepared.plan.root.name, "*")
        return GraphQLResult(hit.value)

    def keep(self, prepared: Prepared, result: GraphQLResult) -> None:
        """Keep the answer of a query that had no error and is not too large."""
        if prepared.operation.node.operation is not OperationType.QUERY or result.errors:
            return
        if len(json.dumps(result.data)) <= MAX_ANSWER_BYTES:
            self._cache.put(operation_key(prepared), result.data, self._ttl)


def kept_answers(config: ApiCacheConfig | None, cache: ApiCache) -> CachedOperations | None:
    """Return what keeps an API's whole answers; None for an API that keeps none."""
    if config is None or config.behavior != "OPERATION_LEVEL_CACHING":
        return None
    return CachedOperations(cache, config.ttl_seconds)
