"""The names of executions."""

from __future__ import annotations

from localcloud.functions.model import FunctionDefinition, new_request_id


def execution_arn(function: FunctionDefinition, name: str | None = None) -> str:
    """Return a new execution's ARN; without a ``name`` it has one of its own."""
    own = name or new_request_id()
    return f"{function.arn}:{function.version}/durable-execution/{own}/{new_request_id()}"
