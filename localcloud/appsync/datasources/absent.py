"""Data sources that nothing here answers for: types that are not served, and endpoints of stand-ins."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from localcloud.appsync.definition import SERVED_SOURCES, DataSource, HttpConfig
from localcloud.contracts.absent_services import BY_SCOPE, refusal_of_service
from localcloud.contracts.stand_ins import ERROR_TYPE, refusal_of, stand_in_of

UNSUPPORTED: Final = "UnsupportedDataSource"
_WHY: Final = {
    "AMAZON_ELASTICSEARCH": "there is no search engine here",
    "AMAZON_OPENSEARCH_SERVICE": "there is no search engine here",
    "RELATIONAL_DATABASE": "there is no relational database here",
    "AMAZON_BEDROCK_RUNTIME": "no models run here",
}


def absence(source: DataSource) -> str | None:
    """Say why nothing answers for a data source; None where something does.

    Examples
    --------
    >>> absence(DataSource("search", "AMAZON_OPENSEARCH_SERVICE"))
    'is of type AMAZON_OPENSEARCH_SERVICE, which is not supported: there is no search engine here'
    >>> absence(DataSource("nothing", "NONE"))
    """
    if source.type not in SERVED_SOURCES:
        why = _WHY.get(source.type)
        return f"is of type {source.type}, which is not supported" + (f": {why}" if why else "")
    return endpoint_absence(source.config) if isinstance(source.config, HttpConfig) else None


def endpoint_absence(config: HttpConfig) -> str | None:
    """Say why nothing answers at an endpoint; None where something may."""
    host = urlsplit(config.endpoint).hostname or ""
    stand_in = stand_in_of(host)
    if stand_in is not None:
        return f"sends to {host}: {refusal_of(stand_in)}"
    service = BY_SCOPE.get(config.signing_service or "")
    if service is not None and host.endswith((".amazonaws.com", ".api.aws")):
        return f"sends to {host}: {refusal_of_service(service)}"
    return None


def error_type(source: DataSource) -> str:
    """Return the type of the error of a field that asks it."""
    return UNSUPPORTED if source.type not in SERVED_SOURCES else ERROR_TYPE
