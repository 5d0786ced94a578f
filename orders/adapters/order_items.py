"""The items of an order in the orders table, written and read.

::

    pk = ORDER#<id>   sk = CONTENTS   what was ordered: written once, may be large
    pk = ORDER#<id>   sk = STATE      how it is doing: kept under 1 KB, since an update is
                                      charged by the whole item's size
    pk = ORDER#<id>   sk = APPROVAL   while a human is waited for (``dynamodb_approvals.py``)
    pk = ORDER#<id>   sk = CLAIM      an Express execution runs the order: execution, claimedUntil

`ownerKey` and `ownerSort` are the keys of the index ``byOwner``. `pendingKey` and `pendingSince`
are those of the sparse index ``pending``: the first change of status removes them.
"""

from __future__ import annotations

from orders.adapters.attributes import (
    Attribute,
    Item,
    MalformedItem,
    entries,
    number,
    optional_map,
    optional_text,
    text,
    to_item,
)
from orders.canonical import canonical
from orders.fields import named_values, rules, with_values
from orders.model import (
    ChangeOrigin,
    CustomerId,
    OrderContents,
    OrderId,
    OrderItem,
    OrderState,
    StatusChange,
    Timestamp,
)
from orders.origins import ImportLine, Orchestrator
from orders.ports import Position
from orders.status import FailureReason, OrderStatus

CONTENTS = "CONTENTS"
STATE = "STATE"
APPROVAL = "APPROVAL"
CLAIM = "CLAIM"
PENDING = "PENDING"


def key(order_id: OrderId, sort: str) -> dict[str, Attribute]:
    """Return the key of one of an order's two items."""
    return {"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": sort}}


def owned_key(owner: CustomerId, place: Position) -> dict[str, Attribute]:
    """Return the key of an order's state in the index ``byOwner``: all of its attributes are needed."""
    index = {"ownerKey": owner, "ownerSort": f"{place.created_at}#{place.order_id}"}
    return key(place.order_id, STATE) | to_item(index)


def read_position(index_key: Item) -> Position:
    """Return the place in its owner's list that a key of the index ``byOwner`` stands for."""
    created_at, _, order_id = text(index_key, "ownerSort").partition("#")
    return Position(Timestamp(created_at), OrderId(order_id))


def contents_item(contents: OrderContents) -> dict[str, Attribute]:
    """Return the contents item."""
    fields = to_item(
        {
            "orderId": contents.order_id,
            "customerId": contents.customer_id,
            "currency": contents.currency,
            "total": contents.total,
            "items": [
                {
                    "sku": item.sku,
                    "name": item.name,
                    "quantity": item.quantity,
                    "unitPrice": item.unit_price,
                }
                for item in contents.items
            ],
            "cardToken": contents.card_token,
            "canonical": canonical(contents),
            "createdAt": contents.created_at,
        }
    )
    more = to_item(named_values(contents)) | _orchestrator(contents.orchestrator) | _import(contents.imported)
    return key(contents.order_id, CONTENTS) | fields | more


def read_contents(item: Item) -> OrderContents:
    """Return the order that a contents item holds."""
    contents = OrderContents(
        order_id=OrderId(text(item, "orderId")),
        customer_id=CustomerId(text(item, "customerId")),
        currency=text(item, "currency"),
        items=tuple(
            OrderItem(
                sku=text(line, "sku"),
                name=text(line, "name"),
                quantity=number(line, "quantity"),
                unit_price=number(line, "unitPrice"),
            )
            for line in entries(item, "items")
        ),
        card_token=text(item, "cardToken"),
        created_at=Timestamp(text(item, "createdAt")),
        imported=read_import_line(item),
        orchestrator=_read_orchestrator(item),
    )
    return with_values(contents, _read_optional(item))


def read_import_line(item: Item) -> ImportLine | None:
    """Return the line that a contents item was imported from."""
    import_id = optional_text(item, "importId")
    return None if import_id is None else ImportLine(import_id, number(item, "importLine"))


def _import(line: ImportLine | None) -> dict[str, Attribute]:
    return {} if line is None else to_item({"importId": line.import_id, "importLine": line.line})


def _read_optional(item: Item) -> dict[str, str]:
    texts = {attribute: optional_text(item, rule.name) for attribute, rule in rules().items()}
    return {attribute: value for attribute, value in texts.items() if value is not None}


def _orchestrator(orchestrator: Orchestrator) -> dict[str, Attribute]:
    # Without one it is the workflow's, as the orders are from before there was a choice.
    return {} if orchestrator is Orchestrator.WORKFLOW else {"orchestrator": {"S": orchestrator.value}}


def _read_orchestrator(item: Item) -> Orchestrator:
    return Orchestrator(optional_text(item, "orchestrator") or Orchestrator.WORKFLOW)


def history_entry(change: StatusChange) -> dict[str, str]:
    """Return one entry of the history; without a reason it has none, not a null."""
    entry = {"status": change.status.value, "at": str(change.at)}
    return entry if change.reason is None else entry | {"reason": change.reason.value}


def state_item(state: OrderState) -> dict[str, Attribute]:
    """Return the state item of an order that was just recorded."""
    fields = to_item(
        {
            "orderId": state.order_id,
            "customerId": state.customer_id,
            "status": state.status,
            "version": state.version,
            "history": [history_entry(change) for change in state.history],
            "currency": state.currency,
            "total": state.total,
            "itemCount": state.item_count,
            "createdAt": state.created_at,
            "updatedAt": state.updated_at,
            "ownerKey": state.customer_id,
            "ownerSort": f"{state.created_at}#{state.order_id}",
            "pendingKey": PENDING,
            "pendingSince": state.created_at,
        }
    )
    trace: dict[str, Attribute] = {} if state.trace is None else {"trace": {"S": state.trace}}
    more = to_item(named_values(state)) | _orchestrator(state.orchestrator) | trace
    return key(state.order_id, STATE) | fields | more


def read_state(item: Item) -> OrderState:
    """Return the state that a state item, or its image in the stream, holds.

    Raises
    ------
    MalformedItem
        When version and history disagree: entry n must be version n.
    """
    origin = optional_map(item, "lastChange")
    state = OrderState(
        order_id=OrderId(text(item, "orderId")),
        customer_id=CustomerId(text(item, "customerId")),
        history=tuple(_read_change(entry) for entry in entries(item, "history")),
        currency=text(item, "currency"),
        total=number(item, "total"),
        item_count=number(item, "itemCount"),
        created_at=Timestamp(text(item, "createdAt")),
        last_change=None
        if origin is None
        else ChangeOrigin(execution=text(origin, "execution"), state=text(origin, "state")),
        trace=optional_text(item, "trace"),
        orchestrator=_read_orchestrator(item),
    )
    if number(item, "version") != state.version or text(item, "status") != state.status:
        raise MalformedItem("version, status and history disagree")
    return with_values(state, _read_optional(item))


def _read_change(entry: Item) -> StatusChange:
    reason = optional_text(entry, "reason")
    return StatusChange(
        status=OrderStatus(text(entry, "status")),
        at=Timestamp(text(entry, "at")),
        reason=None if reason is None else FailureReason(reason),
    )
