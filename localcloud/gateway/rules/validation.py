"""Request validators: required parameters, and bodies that a model describes.

Source: "Request validation for REST APIs in API Gateway" in its developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.requests import Incoming
from localcloud.gateway.rules.definition import Validation
from localcloud.gateway.rules.errors import BodyInvalid, ParametersMissing
from localcloud.gateway.rules.schemas import Schemas


def demand_valid(
    validation: Validation, incoming: Incoming, path: Mapping[str, str], schemas: Schemas
) -> None:
    """Refuse a request that lacks a parameter, or whose body is not what its model wants.

    Parameters
    ----------
    path
        The values of the path's parameters.

    Raises
    ------
    ParametersMissing, BodyInvalid
    """
    if validation.required:
        missing = [name for each in validation.parameters if (name := _missing(each, incoming, path))]
        if missing:
            raise ParametersMissing(missing)
    if validation.body:
        _demand_body(validation, incoming, schemas)


def _missing(parameter: str, incoming: Incoming, path: Mapping[str, str]) -> str | None:
    """Return the name of a parameter, ``method.request.header.X``, that a request does not have."""
    place, _, name = parameter.removeprefix("method.request.").partition(".")
    match place:
        case "header" | "multivalueheader":
            there = bool(incoming.lowered.get(name.lower()))
        case "querystring" | "multivaluequerystring":
            there = any(incoming.parameters.get(name, ()))
        case _:
            there = bool(path.get(name))
    return None if there else name


def _demand_body(validation: Validation, incoming: Incoming, schemas: Schemas) -> None:
    kind = incoming.lowered.get("content-type", "").partition(";")[0].strip().lower() or "application/json"
    lowered = {name.lower(): model for name, model in validation.models.items()}
    # A type that no model is for is not looked at.
    model = lowered.get(kind, lowered.get("$default"))
    if model is None:
        return
    try:
        document: JSON = json.loads(incoming.body)
    except (ValueError, RecursionError):
        raise BodyInvalid("[]" if not incoming.body.strip() else "Unable to parse the body as JSON") from None
    problems = schemas.problems(model, document)
    if problems:
        raise BodyInvalid(f"[{', '.join(problems)}]")
