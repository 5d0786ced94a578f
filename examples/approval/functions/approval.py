"""Ask a person, and wait for 24 hours at most."""

from typing import Any

from aws_durable_execution_sdk_python import CallbackTimeoutError, DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> str:
    """Return what the person said, or that nobody did in time."""
    callback = context.create_callback("decision", CallbackConfig(timeout=Duration.from_hours(24)))
    try:
        return str(callback.result())
    except CallbackTimeoutError:
        return "expired"
