"""Query executions: what GetQueryExecution returns of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

ENGINE: Final = "Athena engine version 3"
ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass
class QueryExecution:
    """A query execution.

    Attributes
    ----------
    state
        ``QUEUED``, ``RUNNING``, ``SUCCEEDED``, ``FAILED`` or ``CANCELLED``.
    reason
        Why it failed.
    columns
        Of its result, as ``ResultSetMetadata`` shows them.
    output
        Where its result is.
    """

    id: str
    sql: str
    kind: str
    database: str
    workgroup: str
    output: str
    submitted: float
    token: str = ""
    catalogue: str = "AwsDataCatalog"
    parameters: list[str] = field(default_factory=list)
    state: str = "QUEUED"
    reason: str = ""
    started: float = 0.0
    completed: float = 0.0
    scanned: int = 0
    columns: list[dict[str, Any]] = field(default_factory=list)


def described(execution: QueryExecution) -> dict[str, Any]:
    """Return ``QueryExecution``."""
    status: dict[str, Any] = {"State": execution.state, "SubmissionDateTime": execution.submitted}
    if execution.state in ENDED:
        status["CompletionDateTime"] = execution.completed
    if execution.reason:
        status["StateChangeReason"] = execution.reason
    if execution.state == "FAILED":
        status["AthenaError"] = {
            "ErrorCategory": 2,
            "ErrorType": 1006,
            "Retryable": False,
            "ErrorMessage": execution.reason,
        }
    document: dict[str, Any] = {
        "QueryExecutionId": execution.id,
        "Query": execution.sql,
        "StatementType": execution.kind,
        "ResultConfiguration": {"OutputLocation": execution.output},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {"Database": execution.database, "Catalog": execution.catalogue.lower()},
        "Status": status,
        "Statistics": _statistics(execution),
        "WorkGroup": execution.workgroup,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
        "SubstatementType": execution.sql.split(maxsplit=1)[0].upper() if execution.sql.strip() else "",
    }
    if execution.parameters:
        document["ExecutionParameters"] = execution.parameters
    return document


def _statistics(execution: QueryExecution) -> dict[str, Any]:
    started = execution.started or execution.completed or execution.submitted
    completed = execution.completed or started
    return {
        "DataScannedInBytes": execution.scanned,
        "QueryQueueTimeInMillis": round((started - execution.submitted) * 1000),
        "EngineExecutionTimeInMillis": round((completed - started) * 1000),
        "TotalExecutionTimeInMillis": round((completed - execution.submitted) * 1000),
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }
