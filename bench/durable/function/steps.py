"""Three steps by AWS's SDK, as anyone writes them."""

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_step
from aws_durable_execution_sdk_python.execution import durable_execution


@durable_step
def add(_step: StepContext, number: int) -> int:
    """Return the next number."""
    return number + 1


@durable_execution
def handler(event: object, context: DurableContext) -> dict[str, int]:
    """Count to three."""
    number = 0
    for _ in range(3):
        number = context.step(add(number))
    return {"number": number}
