"""The items of an import in the imports table, written and read.

::

    pk = IMPORT#<id>     sk = STATE            the import: who, what file, how far
    pk = IMPORT#<id>     sk = BATCH#<line>     what became of a batch, by the line that it begins with
    pk = FILE#<customer> sk = <digest>         the customer's first import of these very contents

`ownerKey` and `everyone` are the keys of the indexes ``byOwner`` and ``all``, both sorted by `listSort`.
All end by themselves (`expiresAt`).
"""

from __future__ import annotations

from orders.adapters.attributes import (
    Attribute,
    Item,
    entries,
    number,
    optional_text,
    text,
    to_item,
)
from orders.imports.model import (
    KEPT_SECONDS,
    Counts,
    Import,
    ImportFailure,
    ImportId,
    ImportStatus,
    RefusedLine,
)
from orders.imports.ports import BatchResult
from orders.model import CustomerId, OrderId, Timestamp
from orders.ports import Position

STATE = "STATE"
BATCH = "BATCH#"
EVERYONE = "IMPORTS"


def import_key(import_id: ImportId, sort: str = STATE) -> dict[str, Attribute]:
    """Return the key of one of an import's items."""
    return {"pk": {"S": f"IMPORT#{import_id}"}, "sk": {"S": sort}}


def file_key(customer: CustomerId, digest: str) -> dict[str, Attribute]:
    """Return the key of a file's contents."""
    return {"pk": {"S": f"FILE#{customer}"}, "sk": {"S": digest}}


def batch_sort(first: int) -> str:
    """Return the sort key of a batch: in the order of numbers."""
    return f"{BATCH}{first:09d}"


def list_key(owner: CustomerId | None, place: Position) -> dict[str, Attribute]:
    """Return the key of an import in one of the indexes, whose attributes are all needed."""
    index = {"everyone": EVERYONE} if owner is None else {"ownerKey": str(owner)}
    sort = {"listSort": f"{place.created_at}#{place.order_id}"}
    return import_key(ImportId(place.order_id)) | to_item(index | sort)


def read_place(item: Item) -> Position:
    """Return the place in a list that a key of an index stands for."""
    created_at, _, import_id = text(item, "listSort").partition("#")
    return Position(Timestamp(created_at), OrderId(import_id))


def import_item(state: Import) -> dict[str, Attribute]:
    """Return the item of an import."""
    optional = {
        "reason": None if state.reason is None else state.reason.value,
        "detail": state.detail,
        "lines": state.lines,
        "duplicateOf": state.duplicate_of,
        "run": state.run,
    }
    return import_key(state.import_id) | to_item(
        {
            "importId": state.import_id,
            "customerId": state.customer_id,
            "fileName": state.file_name,
            "size": state.size,
            "status": state.status,
            "version": state.version,
            "createdAt": state.created_at,
            "updatedAt": state.updated_at,
            "uploadBy": state.upload_by,
            "accepted": state.counts.accepted,
            "repeated": state.counts.repeated,
            "refused": state.counts.refused,
            "hasReport": int(state.has_report),
            "ownerKey": state.customer_id,
            "everyone": EVERYONE,
            "listSort": f"{state.created_at}#{state.import_id}",
            "expiresAt": state.upload_by + KEPT_SECONDS,
            **{name: value for name, value in optional.items() if value is not None},
        }
    )


def read_import(item: Item) -> Import:
    """Return the import that an item, or its image in the stream, holds.

    Raises
    ------
    MalformedItem
    """
    reason, duplicate = optional_text(item, "reason"), optional_text(item, "duplicateOf")
    return Import(
        import_id=ImportId(text(item, "importId")),
        customer_id=CustomerId(text(item, "customerId")),
        file_name=text(item, "fileName"),
        size=number(item, "size"),
        status=ImportStatus(text(item, "status")),
        version=number(item, "version"),
        created_at=Timestamp(text(item, "createdAt")),
        updated_at=Timestamp(text(item, "updatedAt")),
        upload_by=number(item, "uploadBy"),
        reason=None if reason is None else ImportFailure(reason),
        detail=optional_text(item, "detail"),
        lines=number(item, "lines") if "lines" in item else None,
        counts=Counts(number(item, "accepted"), number(item, "repeated"), number(item, "refused")),
        duplicate_of=None if duplicate is None else ImportId(duplicate),
        run=optional_text(item, "run"),
        has_report=number(item, "hasReport") == 1,
    )


def batch_item(import_id: ImportId, batch: BatchResult, expires_at: int) -> dict[str, Attribute]:
    """Return the item of a batch: accepted lines are all those that it does not name."""
    return import_key(import_id, batch_sort(batch.first)) | to_item(
        {
            "last": batch.last,
            "accepted": batch.accepted,
            "repeated": " ".join(str(line) for line in batch.repeated),
            "refusals": [
                {"line": refused.line, "code": refused.code, "reason": refused.reason}
                for refused in batch.refused
            ],
            "expiresAt": expires_at,
        }
    )


def read_batch(item: Item) -> BatchResult:
    """Return the batch that an item, or its image in the stream, holds.

    Raises
    ------
    MalformedItem
    """
    return BatchResult(
        first=int(text(item, "sk").removeprefix(BATCH)),
        last=number(item, "last"),
        accepted=number(item, "accepted"),
        repeated=tuple(int(line) for line in text(item, "repeated").split()),
        refused=tuple(
            RefusedLine(number(entry, "line"), text(entry, "code"), text(entry, "reason"))
            for entry in entries(item, "refusals")
        ),
    )
