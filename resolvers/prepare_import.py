"""EventBridge: S3 has a file. It is looked at, and the state machine is started for its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from orders.errors import OrderwireError
from orders.imports.model import ImportId
from orders.imports.preparing import Upload
from orders.model import CustomerId
from resolvers import importing
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_KEY = re.compile(r"imports/([^/]{1,128})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.csv", re.ASCII)


class Prepared(TypedDict):
    """How far the import is now; null for an unexpected upload."""

    importId: str
    status: str | None


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> Prepared:
    """Prepare the import of a file.

    What fails is raised: Lambda tries it twice more, and then puts it in the dead-letter queue.
    """
    upload = read_event(event)
    try:
        state = importing.preparation().prepare(upload)
    except Exception as error:
        logger.warning("import not prepared", import_id=upload.import_id, error=type(error).__name__)
        raise
    if state is None:
        logger.warning("upload is not awaited", import_id=upload.import_id)
        return {"importId": upload.import_id, "status": None}
    logger.info(
        "import prepared",
        import_id=state.import_id,
        status=state.status.value,
        reason=state.reason,
        lines=state.lines,
    )
    return {"importId": state.import_id, "status": state.status.value}


def read_event(event: Mapping[str, object]) -> Upload:
    """Return the upload in an event of S3's.

    Raises
    ------
    OrderwireError
        It is no such event, or of an object that is no upload.
    """
    detail = event.get("detail")
    document = detail.get("object") if isinstance(detail, Mapping) else None
    if isinstance(document, Mapping):
        place = _KEY.fullmatch(str(document.get("key")))
        etag, at = document.get("etag"), _seconds(event.get("time"))
        if place is not None and isinstance(etag, str) and etag and at is not None:
            return Upload(CustomerId(place[1]), ImportId(place[2]), etag.strip('"'), at)
    raise OrderwireError("The event describes no upload.")


def _seconds(time: object) -> int | None:
    """Return a time of EventBridge's, such as ``2026-11-30T12:00:00Z``, in seconds since 1970."""
    try:
        return int(datetime.fromisoformat(str(time)).timestamp())
    except ValueError:
        return None
