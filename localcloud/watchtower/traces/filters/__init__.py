"""Filter expressions: which traces GetTraceSummaries and groups select.

Source: https://docs.aws.amazon.com/xray/latest/devguide/aws-xray-interface-console.html (filter expressions).
"""

from localcloud.watchtower.traces.filters.errors import FilterError
from localcloud.watchtower.traces.filters.expressions import Expression
from localcloud.watchtower.traces.filters.parser import parse_filter
from localcloud.watchtower.traces.filters.scopes import TraceScope

__all__ = ["Expression", "FilterError", "TraceScope", "parse_filter"]
