"""Requests to a REST API as mapped parameters and templates look at them."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.mapping.sources import Exchange
from localcloud.gateway.requests import Incoming, forwarded, gathered
from localcloud.gateway.rest.events import Admitted, RestCall, request_context


def exchange_of(call: RestCall, admitted: Admitted, body: str) -> Exchange:
    """Return a request to a method."""
    return exchange(
        call.incoming,
        body,
        path=call.match.parameters,
        context=request_context(call, admitted),
        stage_variables=call.api.stages[call.stage],
    )


def exchange(
    incoming: Incoming,
    body: str,
    *,
    path: Mapping[str, str],
    context: Mapping[str, JSON],
    stage_variables: Mapping[str, str],
) -> Exchange:
    """Return a request, whether a method was found for it or not."""
    several = {"querystring": dict(incoming.parameters), "header": gathered(forwarded(incoming))}
    return Exchange(
        body=body,
        parameters={
            "path": dict(path),
            **{
                place: {name: values[-1] for name, values in lists.items() if values}
                for place, lists in several.items()
            },
        },
        context=context,
        stage_variables=dict(stage_variables),
        several=several,
    )
