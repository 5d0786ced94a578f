"""The route of ``/graphql``, without Strawberry: that takes a third of a second, and REST needs none."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.callers import caller_of
from chalicelib.settings import CUSTOMERS

if TYPE_CHECKING:
    from chalicelib.graphql.context import Context
    from chalicelib.graphql.view import OrderwireView

# ruff: noqa: PLC0415 - see above.

ACCESS = ["aws.cognito.signin.user.admin"]
"""The scope of every access token that a sign-in gives.

API Gateway takes an id token where a route asks for no scope, and an access token where it does. AppSync's
clients send access tokens, and they are to move here unchanged.
"""

routes = Blueprint(__name__)


@routes.route("/graphql", methods=["POST"], authorizer=CUSTOMERS.with_scopes(ACCESS))
def graphql() -> Response:
    """Answer a GraphQL request."""
    return _view().execute_request(routes.current_request)


@lru_cache(maxsize=1)
def _view() -> OrderwireView:
    from chalicelib.graphql.view import OrderwireView

    return OrderwireView(_context_of)


def _context_of(request: Request) -> Context:
    from chalicelib.graphql.context import Context

    return Context(
        caller=caller_of(request),
        store=wiring.order_store(),
        queue=wiring.order_queue,
        approvals=wiring.approvals,
        executions=wiring.executions,
        spans=wiring.spans,
        clock=wiring.clock(),
        webhooks=wiring.webhook_desk,
        orchestrator=wiring.orchestrator,
    )
