"""Filter policies: which messages a subscription takes."""

from localcloud.deliveries.filters.parsing import parse_filter_policy
from localcloud.deliveries.filters.policy import FilterPolicy, Scope

__all__ = ["FilterPolicy", "Scope", "parse_filter_policy"]
