"""The import's state machine: a batch of a file's lines becomes orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.errors import OrderwireError
from orders.imports.batches import Lines
from orders.imports.model import ImportId
from orders.model import CustomerId
from resolvers import importing
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Imported(TypedDict):
    """How many lines came to what; all 0 once the import is cancelled."""

    accepted: int
    repeated: int
    refused: int


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> Imported:
    """Import a batch; what fails is raised, and the state machine tries it again."""
    lines = read_batch(event)
    try:
        result = importing.batch_importer().run(lines)
    except Exception as error:
        logger.warning("batch not imported", import_id=lines.import_id, error=type(error).__name__)
        raise
    if result is None:
        logger.info("batch left out", import_id=lines.import_id, lines=len(lines.documents))
        return {"accepted": 0, "repeated": 0, "refused": 0}
    counts = result.counts
    logger.info(
        "batch imported",
        import_id=lines.import_id,
        first=result.first,
        accepted=counts.accepted,
        repeated=counts.repeated,
        refused=counts.refused,
    )
    return {"accepted": counts.accepted, "repeated": counts.repeated, "refused": counts.refused}


def read_batch(event: Mapping[str, object]) -> Lines:
    """Return the batch that the state machine hands over.

    Raises
    ------
    OrderwireError
    """
    about, items = event.get("BatchInput"), event.get("Items")
    if isinstance(about, Mapping) and isinstance(items, list) and items:
        import_id, customer, run = (about.get(name) for name in ("importId", "customerId", "run"))
        texts = isinstance(import_id, str) and isinstance(customer, str) and isinstance(run, str)
        if texts and isinstance(started_at := about.get("began"), int):
            return Lines(ImportId(str(import_id)), CustomerId(str(customer)), str(run), started_at, items)
    raise OrderwireError("The event is no batch of an import's lines.")
