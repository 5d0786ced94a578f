"""AppSync's scalars, as far as the contract uses them."""

from __future__ import annotations

from strawberry.types.scalar import ScalarDefinition, scalar

from orders.model import Timestamp

# The contract describes its own types only: AppSync brings this one along, and the store's timestamps
# have its form already. No input has one, since `OrderStatusInput` is the backend's own.
AWS_DATE_TIME: ScalarDefinition = scalar(
    name="AWSDateTime",
    description="ISO 8601 with its offset from UTC.",
    specified_by_url="https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html",
    serialize=str,
)

SCALARS: dict[object, ScalarDefinition] = {Timestamp: AWS_DATE_TIME}
