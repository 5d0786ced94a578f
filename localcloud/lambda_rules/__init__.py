"""What Lambda refuses of event invoke configurations, dead letters, mappings and runtimes.

The engine refuses by it when a request or a template comes, and `check` before that.
"""

from localcloud.lambda_rules.bootstraps import (
    bootstrap_name,
    bootstrap_problem,
    find_bootstrap,
    is_bootstrapped,
)
from localcloud.lambda_rules.invocations import (
    EVENT_RANGES,
    dead_letter_problems,
    event_invoke_problems,
    undeliverable,
)
from localcloud.lambda_rules.mappings import MAPPING_RANGES, POLLED, mapping_problems
from localcloud.lambda_rules.patterns import BadPattern, checked_pattern
from localcloud.lambda_rules.runtimes import UNSERVED, is_retired, node_version, runtime_problem
from localcloud.lambda_rules.values import Problem, service_of

__all__ = [
    "EVENT_RANGES",
    "MAPPING_RANGES",
    "POLLED",
    "UNSERVED",
    "BadPattern",
    "Problem",
    "bootstrap_name",
    "bootstrap_problem",
    "checked_pattern",
    "dead_letter_problems",
    "event_invoke_problems",
    "find_bootstrap",
    "is_bootstrapped",
    "is_retired",
    "mapping_problems",
    "node_version",
    "runtime_problem",
    "service_of",
    "undeliverable",
]
