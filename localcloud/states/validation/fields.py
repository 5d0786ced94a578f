"""Which fields each type of state has, and in which query language."""

from __future__ import annotations

from typing import Final

JSONPATH: Final = "JSONPath"
JSONATA: Final = "JSONata"
LANGUAGES: Final = (JSONPATH, JSONATA)

_COMMON: Final = {"Type", "Comment", "QueryLanguage"}
_PATHS: Final = {"InputPath", "OutputPath", "Output"}
_FLOW: Final = {"Next", "End", "Assign"}
_HANDLERS: Final = {"Retry", "Catch"}
_RESULTS: Final = {"ResultPath", "ResultSelector"}

STATES: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(_COMMON | own)
    for kind, own in {
        "Task": _PATHS
        | _FLOW
        | _HANDLERS
        | _RESULTS
        | {"Resource", "Parameters", "Arguments", "Credentials"}
        | {"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"},
        "Pass": _PATHS | _FLOW | {"Result", "ResultPath", "Parameters"},
        "Choice": _PATHS | {"Assign", "Choices", "Default"},
        "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
        "Succeed": _PATHS,
        "Wait": _PATHS | _FLOW | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
        "Map": _PATHS
        | _FLOW
        | _HANDLERS
        | _RESULTS
        | {"ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "Parameters"}
        | {"ItemReader", "ItemBatcher", "ResultWriter", "Label"}
        | {"MaxConcurrency", "MaxConcurrencyPath", "ToleratedFailureCount", "ToleratedFailureCountPath"}
        | {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"},
        "Parallel": _PATHS | _FLOW | _HANDLERS | _RESULTS | {"Branches", "Parameters", "Arguments"},
    }.items()
}

JSONPATH_ONLY: Final = frozenset(
    {"InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters", "Result", "ItemsPath"}
    | {"TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "ErrorPath", "CausePath"}
    | {"MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
    # Of item readers, batchers, and choice rules.
    | {"MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath", "Variable", "And", "Or", "Not"}
)
JSONATA_ONLY: Final = frozenset({"Arguments", "Output", "Items", "Condition"})

# A field and what gives it at run time; the pairs that exclude each other.
ALTERNATIVES: Final = tuple(
    (name, f"{name}Path")
    for name in (
        "TimeoutSeconds",
        "HeartbeatSeconds",
        "MaxConcurrency",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
        "Error",
        "Cause",
    )
)
MACHINE: Final = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
BRANCH: Final = frozenset({"Comment", "StartAt", "States"})
PROCESSOR: Final = BRANCH | {"ProcessorConfig"}
