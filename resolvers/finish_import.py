"""The import's state machine: all lines were tried, and the report is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.errors import OrderwireError
from orders.imports.model import ImportId
from resolvers import importing
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Finished(TypedDict):
    """How the import ended."""

    importId: str
    status: str


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> Finished:
    """End an import; what fails is raised, and the state machine tries it again."""
    import_id = event.get("importId")
    if not isinstance(import_id, str):
        raise OrderwireError("The event names no import.")
    state = importing.finisher().finish(ImportId(import_id))
    if state is None:
        raise OrderwireError("There is no such import.")
    logger.info("import ended", import_id=import_id, status=state.status.value, reason=state.reason)
    return {"importId": import_id, "status": state.status.value}
