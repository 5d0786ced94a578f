"""What Lambda refuses of event invoke configurations, dead letters, mappings and runtimes.

The engine refuses by it when a request or a template comes, and `check` before that.
"""

from localcloud.lambda_rules.invocations import (
    EVENT_RANGES,
    dead_letter_problems,
    event_invoke_problems,
    undeliverable,
)
from localcloud.lambda_rules.mappings import MAPPING_RANGES, POLLED, mapping_problems
from localcloud.lambda_rules.patterns import BadPattern, checked_pattern
from localcloud.lambda_rules.runtimes import is_retired, node_version, runtime_problem
from localcloud.lambda_rules.values import Problem, service_of

__all__ = [
    "EVENT_RANGES",
    "MAPPING_RANGES",
    "POLLED",
    "BadPattern",
    "Problem",
    "checked_pattern",
    "dead_letter_problems",
    "event_invoke_problems",
    "is_retired",
    "mapping_problems",
    "node_version",
    "runtime_problem",
    "service_of",
    "undeliverable",
]
