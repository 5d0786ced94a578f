"""Messages that must fit a model: ``RequestModels`` of a route of a WebSocket API."""

from __future__ import annotations

import json

from localcloud.gateway.definitions.websocket import DEFAULT_KEY, SocketValidation
from localcloud.gateway.rules.errors import BodyInvalid
from localcloud.gateway.rules.schemas import Schemas
from localcloud.gateway.websocket.selecting import selected_key, selector


def demand_message(validation: SocketValidation, text: str, schemas: Schemas) -> None:
    """Refuse a message that does not fit the model that is selected for it; without a model all fit.

    Raises
    ------
    BodyInvalid

    Examples
    --------
    >>> schemas = Schemas({"Order": '{"required": ["id"]}'})
    >>> validation = SocketValidation("$request.body.action", {"send": "Order"})
    >>> demand_message(validation, '{"action": "else"}', schemas)
    """
    key = selected_key(validation.selection, selector(text, {}, {}))
    model = validation.models.get(key, validation.models.get(DEFAULT_KEY))
    if model is None:
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BodyInvalid("Unable to parse the body as JSON") from None
    problems = schemas.problems(model, document)
    if problems:
        raise BodyInvalid(f"[{', '.join(problems)}]")
