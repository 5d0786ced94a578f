"""API keys whose time is over."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Located
from localcloud.stack.api_keys import expired_keys


def check_api_keys(located: Located) -> Iterator[Finding]:
    """Find API keys whose time is over."""
    for logical_id, name, sentence in expired_keys(located.part.template, located.part.values):
        yield Finding(located.places.of(logical_id, name), Severity.WARNING, "api-key-expired", sentence)
