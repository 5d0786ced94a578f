"""REST APIs whose document lies in S3."""

from __future__ import annotations

from typing import Any

from localcloud.engine.formation.bodies import with_body
from localcloud.engine.patching import Context, Function, mend, wrap_handler


@mend("gateway.body_location")
def _body_location(_context: Context) -> None:
    """Read ``BodyS3Location`` of AWS::ApiGateway::RestApi, which SAM's ``DefinitionUri`` becomes.

    MiniStack's CloudFormation ignores it: the API has no method.
    """
    for verb in ("create", "update"):

        @wrap_handler("AWS::ApiGateway::RestApi", verb)
        def _(before: Function) -> Function:
            def put(first: Any, *rest: Any) -> Any:
                return before(first, *(with_body(each) if isinstance(each, dict) else each for each in rest))

            return put
