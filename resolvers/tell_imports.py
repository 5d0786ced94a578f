"""The imports table's stream: how far imports are is published, of many writes in a row one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.adapters.import_items import BATCH, STATE, read_batch, read_import
from orders.imports.model import ImportId
from orders.imports.reporting import ImportWrite
from resolvers import importing
from resolvers.batch_response import BatchResponse, ItemFailure
from resolvers.log import logger
from resolvers.stream import StreamEvent, StreamRecord
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: StreamEvent, context: LambdaContext) -> BatchResponse:
    """Publish what a batch of records comes to; a stream is read again from the first that fails."""
    teller = importing.teller()
    records = event["Records"] if teller is not None else []
    writes: list[ImportWrite] = []
    failed: list[ItemFailure] = []
    for record in records:
        try:
            write = read_write(record)
        except (ValueError, KeyError):
            sequence = record["dynamodb"]["SequenceNumber"]
            logger.exception("record of the stream cannot be read", sequence_number=sequence)
            failed = [{"itemIdentifier": sequence}]
            break
        if write is not None:
            writes.append(write)
    try:
        if teller is not None:
            teller.tell(writes)
    except Exception:
        logger.exception("progress of imports not published")
        failed = [{"itemIdentifier": records[0]["dynamodb"]["SequenceNumber"]}]
    logger.info("progress of imports read", records=len(records), failed=len(failed))
    return {"batchItemFailures": failed}


def read_write(record: StreamRecord) -> ImportWrite | None:
    """Return the write that a record stands for; None for what ended by itself, and for files' digests.

    Raises
    ------
    MalformedItem
    """
    data = record["dynamodb"]
    image, keys = data.get("NewImage"), data["Keys"]
    sort = keys["sk"].get("S", "")
    import_id = ImportId(keys["pk"].get("S", "").removeprefix("IMPORT#"))
    if image is None:
        return None
    if sort == STATE:
        return ImportWrite(import_id, state=read_import(image))
    return ImportWrite(import_id, batch=read_batch(image)) if sort.startswith(BATCH) else None
