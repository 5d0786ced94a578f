"""JSON schemas of what the REST API takes and answers: from the types that the code itself uses.

Which fields there are, and which may be null, is read from the ``TypedDict``s that the views
return. What a field means, and the members of enumerations, is read from ``schema.graphql``: one
contract, written once. The two are held to each other.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from graphql import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    parse,
)

from orders import parsing
from orders.tracing.views import OrderTraceView, TraceNodeView, TraceStepView, TraceTransitionView
from orders.views import ChangeView, ItemView, OrderView, StateView
from orders.webhooks.views import RegisteredWebhookView, WebhookView

ROOT = Path(__file__).resolve().parent.parent

Json = dict[str, object]

NAMES: dict[type, str] = {
    OrderView: "Order",
    StateView: "OrderSummary",
    ItemView: "OrderItem",
    ChangeView: "OrderStatusChange",
    OrderTraceView: "OrderTrace",
    TraceStepView: "TraceStep",
    TraceNodeView: "TraceNode",
    TraceTransitionView: "TraceTransition",
    WebhookView: "Webhook",
    RegisteredWebhookView: "RegisteredWebhook",
}
"""What the contract calls a type that the code calls otherwise."""

# A summary is an order, as far as it goes.
_TOLD_BY = {"OrderSummary": "Order"}

_INT32: Json = {"type": "integer", "format": "int32"}
_PLAIN: dict[object, Json] = {str: {"type": "string"}, int: _INT32, bool: {"type": "boolean"}}
_UUIDS = {"id", "orderId"}


class Contract:
    """``schema.graphql``, as far as it says what a field means."""

    def __init__(self, text: str) -> None:
        self._types: dict[str, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode] = {}
        self.enums: dict[str, EnumTypeDefinitionNode] = {}
        for node in parse(text).definitions:
            if isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode):
                self._types[node.name.value] = node
            elif isinstance(node, EnumTypeDefinitionNode):
                self.enums[node.name.value] = node

    def kind(self, name: str) -> str | None:
        """Return the description of a type; None when it has none, or is none of the contract's."""
        node = self._types.get(name)
        return words(node.description.value) if node is not None and node.description else None

    def field(self, owner: str, name: str) -> tuple[str, TypeNode] | None:
        """Return the description and the type of a field; None when it is none of the contract's."""
        node = self._types.get(_TOLD_BY.get(owner, owner))
        for field in (node.fields or ()) if node is not None else ():
            if field.name.value == name:
                return words(field.description.value if field.description else ""), field.type
        return None


def words(text: str) -> str:
    """Return ``text`` on one line."""
    return " ".join(text.split())


def reference(name: str, kind: str = "schemas") -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


class Schemas:
    """The components of a document, gathered while types are asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.components: dict[str, Json] = {}

    def of(self, hint: object) -> Json:
        """Return the schema of a type; of one with fields, a reference to its component."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin is UnionType and NoneType in arguments and len(arguments) == 2:
            return _or_null(self.of(next(argument for argument in arguments if argument is not NoneType)))
        if isinstance(hint, type) and is_typeddict(hint):
            return self._component(hint)
        raise TypeError(f"no schema for {hint}")

    def enum(self, name: str) -> Json:
        """Return a reference to an enumeration of the contract."""
        node = self._contract.enums[name]
        members = [
            (value.name.value, words(value.description.value if value.description else ""))
            for value in node.values or ()
        ]
        description = words(node.description.value if node.description else "")
        lines = "\n".join(f"- `{member}`: {meaning}" for member, meaning in members)
        self.components[name] = {
            "type": "string",
            "enum": [member for member, _ in members],
            "description": f"{description}\n\n{lines}",
        }
        return reference(name)

    def _component(self, kind: type) -> Json:
        name = NAMES.get(kind, kind.__name__)
        if name not in self.components:
            description = self._contract.kind(name) or words(inspect.getdoc(kind) or "")
            schema: Json = {"type": "object", "description": description}
            self.components[name] = schema
            properties: dict[str, Json] = {}
            required: list[str] = []
            for field, hint in get_type_hints(kind, include_extras=True).items():
                optional = get_origin(hint) is NotRequired
                properties[field] = self._field(name, field, get_args(hint)[0] if optional else hint)
                required += [] if optional else [field]
            schema |= {"properties": properties, "required": required}
        return reference(name)

    def _field(self, owner: str, field: str, hint: object) -> Json:
        schema = self.of(hint)
        described = self._contract.field(owner, field)
        if described is None:
            return schema
        meaning, kind = described
        nullable = not isinstance(kind, NonNullTypeNode)
        if nullable is not (NoneType in get_args(hint)):
            raise TypeError(f"{owner}.{field} may be null in one of the contract and the code")
        named = kind.type if isinstance(kind, NonNullTypeNode) else kind
        name = named.name.value if hasattr(named, "name") else ""
        if name in self._contract.enums:
            schema = _or_null(self.enum(name)) if nullable else self.enum(name)
        elif name == "AWSDateTime":
            schema["format"] = "date-time"
        elif name == "ID" and field in _UUIDS:
            schema["format"] = "uuid"
        return {**schema, "description": meaning} if meaning else schema


def new_order(contract: Contract) -> dict[str, Json]:
    """Return the schemas of an order to submit: the contract's input, without its token, and its limits."""
    limits: dict[str, dict[str, Json]] = {
        "NewOrder": {
            "currency": {"type": "string", "enum": list(parsing.CURRENCIES)},
            "items": {
                "type": "array",
                "items": reference("NewOrderItem"),
                "minItems": 1,
                "maxItems": parsing.MAX_ITEMS,
            },
            "cardToken": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"},
        },
        "NewOrderItem": {
            "sku": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": parsing.MAX_NAME,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
            },
            "quantity": _INT32 | {"minimum": 1, "maximum": parsing.MAX_QUANTITY},
            "unitPrice": _INT32 | {"minimum": 0, "maximum": parsing.MAX_TOTAL},
        },
    }
    sources = {
        "NewOrder": ("SubmitOrderInput", "An order to submit. Its id is the `Idempotency-Key`."),
        "NewOrderItem": ("OrderItemInput", "One line of it. The name's limit counts UTF-16 code units."),
    }
    schemas: dict[str, Json] = {}
    for name, fields in limits.items():
        source, description = sources[name]
        properties: dict[str, Json] = {}
        for field, schema in fields.items():
            described = contract.field(source, field)
            if described is None:
                raise TypeError(f"the contract has no {source}.{field}")
            properties[field] = {**schema, "description": described[0]}
        schemas[name] = {
            "type": "object",
            "description": description,
            "properties": properties,
            "required": list(fields),
            "additionalProperties": False,
        }
    return schemas


def _or_null(schema: Json) -> Json:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}
