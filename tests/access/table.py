"""Who may do what: the table that the tests here try cell by cell, and the source of `docs/access.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Caller(StrEnum):
    """A caller with a valid credential."""

    OWNER = "the order's owner"
    STRANGER = "another customer"
    STAFF = "staff"
    FUNCTION = "`fanout`'s role (IAM)"
    ADMINISTRATOR = "an administrator (IAM)"


class Outcome(StrEnum):
    """What comes of an operation, as the page words it."""

    DONE = "yes"
    OWN = "their own only"
    NULL = "null"
    NOT_FOUND = "`OrderNotFound`"
    CONFLICT = "`IdempotencyConflict`"
    STAFF_ONLY = "`StaffOnly`"
    ANALYTICS_OFF = "`AnalyticsOff`"
    NOT_DECIDABLE = "`OrderNotDecidable`"
    REFUSED = "`Unauthorized`"
    NOT_AUTHORIZED = "`UnauthorizedException`"
    NO_WEBHOOK = "`WebhookNotFound`"
    NOT_VERIFIED = "`WebhookNotVerified`"
    NO_IMPORT = "`ImportNotFound`"
    HEARS = "receives it"
    SILENCE = "live, receives nothing"


class Of(StrEnum):
    """Which order an operation is about."""

    THEIRS = "the owner's order"
    NONE = "an id that no order has"
    NEW = "a new order"
    REPEATED = "the owner's order, sent again"
    WEBHOOK = "the owner's webhook"
    FIGURES = "the shop's figures"
    IMPORT = "the owner's import"
    ANY = "-"


@dataclass(frozen=True)
class Row:
    """An operation on an order, and what comes of it for each caller, in the order of `Caller`."""

    operation: str
    of: Of
    document: str
    outcomes: tuple[Outcome, Outcome, Outcome, Outcome, Outcome]
    nullable: bool = False

    @property
    def type_name(self) -> str:
        """The root type."""
        return self.operation.partition(".")[0]

    @property
    def name(self) -> str:
        """The root field."""
        return self.operation.partition(".")[2]

    def outcome(self, caller: Caller) -> Outcome:
        """Return what comes of it for ``caller``."""
        return self.outcomes[list(Caller).index(caller)]


_O = Outcome
_IAM = (_O.REFUSED, _O.REFUSED)
_ORDER = "query ($id: ID!) { order(id: $id) { id customerId } }"
_HISTORY = "query ($id: ID!) { orderHistory(id: $id) { orderId } }"
_TRACE = "query ($id: ID!) { orderTrace(id: $id) { orderId } }"
_SUBMIT = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id customerId } }"
_ENQUEUE = "mutation ($input: SubmitOrderInput!) { enqueueOrder(input: $input) { id customerId } }"
_CANCEL = "mutation ($id: ID!) { cancelOrder(id: $id) { id status } }"
_DECIDE = "mutation ($id: ID!) { decideOrder(input: { orderId: $id, decision: APPROVE }) { id status } }"
_VERIFY = "mutation ($id: ID!) { verifyWebhook(id: $id) { id } }"
_REMOVE = "mutation ($id: ID!) { removeWebhook(id: $id) { id } }"
_IMPORT = "query ($id: ID!) { import(id: $id) { id customerId } }"
_CANCEL_IMPORT = "mutation ($id: ID!) { cancelImport(id: $id) { id status } }"
_NO_IMPORTS = (_O.NO_IMPORT, _O.NO_IMPORT, _O.NO_IMPORT)
_LETTERS = '{ deadLetterMessages(place: "orders") { id } }'
_REDRIVE = 'mutation { redriveDeadLetters(input: { place: "orders" }) { matched redriven } }'
_SUMMARY = "{ customerSummary { customerId } }"
_ALL_ORDERS = "{ allOrders(status: CANCELLED, limit: 100) { orders { id customerId status } } }"
_REBUILD = "mutation { rebuildSummaries(input: { settleSeconds: 3600 }) { status } }"
_FOR_STAFF = (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.DONE, *_IAM)
_NO_WEBHOOK = (_O.NO_WEBHOOK, _O.NO_WEBHOOK)
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9/in"
REGISTER = f'mutation {{ registerWebhook(input: {{ url: "{NOWHERE}" }}) {{ webhook {{ id url }} }} }}'
CREATE_IMPORT = (
    'mutation { createImport(input: { fileName: "a.csv", size: 9 }) { import { id customerId } } }'
)
PROGRESS = "id customerId status version reason detail lines accepted repeated refused at"
PUBLISH_IMPORT = (
    "mutation ($input: ImportProgressInput!) "
    f"{{ publishImport(input: $input) {{ {PROGRESS} refusals {{ line code reason }} }} }}"
)
ON_IMPORT = (
    f"subscription ($id: ID!) {{ onImport(id: $id) {{ {PROGRESS} refusals {{ line code reason }} }} }}"
)
_CHANGE = "orderId customerId version status at reason"
PUBLISH = f"mutation ($input: OrderStatusInput!) {{ publishOrderStatus(input: $input) {{ {_CHANGE} }} }}"
ON_ORDER = f"subscription ($id: ID!) {{ onOrderStatus(orderId: $id) {{ {_CHANGE} }} }}"
ON_ANY = f"subscription {{ onAnyOrder {{ {_CHANGE} }} }}"
ON_MINE = f"subscription {{ onMyOrders {{ {_CHANGE} }} }}"
_FIGURES = "version at revenue { currency amount orders }"
_PUBLISH_FIGURES = (
    f"mutation ($input: ShopFiguresInput!) {{ publishShopFigures(input: $input) {{ {_FIGURES} }} }}"
)
_ON_FIGURES = f"subscription {{ onShopFigures {{ {_FIGURES} }} }}"

ROWS = (
    Row("Query.order", Of.THEIRS, _ORDER, (_O.DONE, _O.NULL, _O.DONE, *_IAM), nullable=True),
    Row("Query.order", Of.NONE, _ORDER, (_O.NULL, _O.NULL, _O.NULL, *_IAM), nullable=True),
    Row(
        "Query.orders",
        Of.ANY,
        "{ orders(limit: 100) { orders { id customerId } } }",
        (_O.OWN, _O.OWN, _O.OWN, *_IAM),
    ),
    Row("Query.allOrders", Of.ANY, _ALL_ORDERS, _FOR_STAFF),
    Row("Query.orderHistory", Of.THEIRS, _HISTORY, (_O.DONE, _O.NULL, _O.DONE, *_IAM), nullable=True),
    Row("Query.orderHistory", Of.NONE, _HISTORY, (_O.NULL, _O.NULL, _O.NULL, *_IAM), nullable=True),
    Row(
        "Query.orderTrace",
        Of.THEIRS,
        _TRACE,
        (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.DONE, *_IAM),
        nullable=True,
    ),
    Row(
        "Query.orderTrace",
        Of.NONE,
        _TRACE,
        (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.NULL, *_IAM),
        nullable=True,
    ),
    Row("Mutation.submitOrder", Of.NEW, _SUBMIT, (_O.DONE, _O.DONE, _O.DONE, *_IAM)),
    Row("Mutation.submitOrder", Of.REPEATED, _SUBMIT, (_O.DONE, _O.CONFLICT, _O.CONFLICT, *_IAM)),
    Row("Mutation.enqueueOrder", Of.NEW, _ENQUEUE, (_O.DONE, _O.DONE, _O.DONE, *_IAM)),
    Row("Mutation.enqueueOrder", Of.REPEATED, _ENQUEUE, (_O.DONE, _O.CONFLICT, _O.CONFLICT, *_IAM)),
    Row("Mutation.cancelOrder", Of.THEIRS, _CANCEL, (_O.DONE, _O.NOT_FOUND, _O.DONE, *_IAM)),
    Row("Mutation.cancelOrder", Of.NONE, _CANCEL, (_O.NOT_FOUND, _O.NOT_FOUND, _O.NOT_FOUND, *_IAM)),
    Row(
        "Mutation.decideOrder",
        Of.THEIRS,
        _DECIDE,
        (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.NOT_DECIDABLE, *_IAM),
    ),
    Row("Mutation.decideOrder", Of.NONE, _DECIDE, (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.NOT_FOUND, *_IAM)),
    Row("Query.customerSummary", Of.ANY, _SUMMARY, (_O.DONE, _O.DONE, _O.DONE, *_IAM), nullable=True),
    Row("Mutation.rebuildSummaries", Of.ANY, _REBUILD, _FOR_STAFF, nullable=True),
    Row("Query.deadLetters", Of.ANY, "{ deadLetters { name } }", _FOR_STAFF),
    Row("Query.deadLetterMessages", Of.ANY, _LETTERS, _FOR_STAFF),
    Row("Mutation.redriveDeadLetters", Of.ANY, _REDRIVE, _FOR_STAFF),
    Row(
        "Query.shopFigures",
        Of.ANY,
        "{ shopFigures { version } }",
        (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.ANALYTICS_OFF, *_IAM),
    ),
    Row("Query.webhooks", Of.ANY, "{ webhooks { id } }", (_O.OWN, _O.OWN, _O.OWN, *_IAM)),
    Row("Mutation.registerWebhook", Of.ANY, REGISTER, (_O.DONE, _O.DONE, _O.DONE, *_IAM)),
    Row("Mutation.verifyWebhook", Of.WEBHOOK, _VERIFY, (_O.NOT_VERIFIED, *_NO_WEBHOOK, *_IAM)),
    Row("Mutation.verifyWebhook", Of.NONE, _VERIFY, (_O.NO_WEBHOOK, *_NO_WEBHOOK, *_IAM)),
    Row("Mutation.removeWebhook", Of.WEBHOOK, _REMOVE, (_O.DONE, *_NO_WEBHOOK, *_IAM)),
    Row("Mutation.removeWebhook", Of.NONE, _REMOVE, (_O.NO_WEBHOOK, *_NO_WEBHOOK, *_IAM)),
    Row("Query.import", Of.IMPORT, _IMPORT, (_O.DONE, _O.NULL, _O.DONE, *_IAM), nullable=True),
    Row("Query.import", Of.NONE, _IMPORT, (_O.NULL, _O.NULL, _O.NULL, *_IAM), nullable=True),
    Row(
        "Query.imports",
        Of.ANY,
        "{ imports(limit: 100) { imports { id customerId } } }",
        (_O.OWN, _O.OWN, _O.DONE, *_IAM),
    ),
    Row("Mutation.createImport", Of.ANY, CREATE_IMPORT, (_O.DONE, _O.DONE, _O.DONE, *_IAM)),
    Row("Mutation.cancelImport", Of.IMPORT, _CANCEL_IMPORT, (_O.DONE, _O.NO_IMPORT, _O.DONE, *_IAM)),
    Row("Mutation.cancelImport", Of.NONE, _CANCEL_IMPORT, (*_NO_IMPORTS, *_IAM)),
    Row(
        "Mutation.publishImport",
        Of.IMPORT,
        PUBLISH_IMPORT,
        (_O.REFUSED, _O.REFUSED, _O.REFUSED, _O.DONE, _O.DONE),
    ),
    Row(
        "Mutation.publishOrderStatus",
        Of.THEIRS,
        PUBLISH,
        (_O.REFUSED, _O.REFUSED, _O.REFUSED, _O.DONE, _O.DONE),
    ),
    Row(
        "Mutation.publishShopFigures",
        Of.FIGURES,
        _PUBLISH_FIGURES,
        (_O.REFUSED, _O.REFUSED, _O.REFUSED, _O.DONE, _O.DONE),
    ),
    Row("Subscription.onOrderStatus", Of.THEIRS, ON_ORDER, (_O.HEARS, _O.SILENCE, _O.HEARS, *_IAM)),
    Row("Subscription.onImport", Of.IMPORT, ON_IMPORT, (_O.HEARS, _O.SILENCE, _O.HEARS, *_IAM)),
    Row("Subscription.onMyOrders", Of.THEIRS, ON_MINE, (_O.HEARS, _O.SILENCE, _O.HEARS, *_IAM)),
    Row("Subscription.onAnyOrder", Of.THEIRS, ON_ANY, (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.HEARS, *_IAM)),
    Row(
        "Subscription.onShopFigures",
        Of.FIGURES,
        _ON_FIGURES,
        (_O.STAFF_ONLY, _O.STAFF_ONLY, _O.HEARS, *_IAM),
    ),
)


@dataclass(frozen=True)
class MqttRow:
    """Something that a person tries by MQTT, and who may: the owner of the order, another customer, staff.

    Attributes
    ----------
    filter
        What is subscribed to, of ``{customer}`` and ``{order}``, the owner's; None to publish instead.
    """

    what: str
    filter: str | None
    outcomes: tuple[Outcome, Outcome, Outcome]


_MINE = (_O.HEARS, _O.REFUSED, _O.HEARS)
_STAFF = (_O.REFUSED, _O.REFUSED, _O.HEARS)
MQTT_ROWS = (
    MqttRow("subscribe to the owner's order", "orders/{customer}/{order}", _MINE),
    MqttRow("subscribe to all of the owner's orders", "orders/{customer}/#", _MINE),
    MqttRow("subscribe to an order without its customer", "orders/+/{order}", _STAFF),
    MqttRow("subscribe to everybody's orders", "orders/#", _STAFF),
    MqttRow("subscribe to everything", "#", (_O.REFUSED, _O.REFUSED, _O.REFUSED)),
    MqttRow("publish to the owner's order", None, (_O.REFUSED, _O.REFUSED, _O.REFUSED)),
)
MQTT_CALLERS = (Caller.OWNER, Caller.STRANGER, Caller.STAFF)


class Bad(StrEnum):
    """A credential that does not hold."""

    NOBODY = "none at all"
    API_KEY = "an API key (the API has none)"
    NO_TOKEN = "what is no token"
    EXPIRED = "an expired token"
    TAMPERED = "a token with the group `staff` written into it"
    FORGED = "a token that another issuer signed"
    UNSIGNED = "a token without a signature (`alg: none`)"
    OTHER_CLIENT = "a token for another client of the user pool"
    OTHER_POOL = "a token of another user pool"
    OTHER_SECRET = "an IAM signature with a wrong secret"
    OTHER_KEY = "an IAM signature with an unknown key"
    NO_SESSION = "a role's IAM signature without its session token"
    OTHER_REGION = "an IAM signature for another region"
    OTHER_BODY = "an IAM signature of another request"
    OLD = "an IAM signature of 6 minutes ago"


@dataclass(frozen=True)
class Refusal:
    """How a bad credential is refused: over HTTP, and in the error frame of a ``start``."""

    status: int
    error_type: str
    message: str
    start_type: str = field(default="")

    @property
    def of_start(self) -> str:
        """The errorType in the error frame."""
        return self.start_type or self.error_type

    def says(self, message: str) -> bool:
        """Say whether ``message`` is the refusal's own, word for word; ``{at}`` is any date."""
        before, date, after = self.message.partition("{at}")
        form = re.escape(before) + (r"\d{8}T\d{6}Z" if date else "") + re.escape(after)
        return re.fullmatch(form, message) is not None


def _unauthorized(message: str = "You are not authorized to make this call.") -> Refusal:
    return Refusal(401, "UnauthorizedException", message)


def _signature(error_type: str, message: str) -> Refusal:
    return Refusal(403, error_type, message, "BadRequestException")


_NO_CREDENTIAL = _unauthorized("Valid authorization header not provided.")
_MISMATCH = _signature(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.",
)
_UNKNOWN = _signature("UnrecognizedClientException", "The security token included in the request is invalid.")
REFUSALS: dict[Bad, Refusal] = {
    Bad.NOBODY: _NO_CREDENTIAL,
    Bad.API_KEY: _NO_CREDENTIAL,
    Bad.NO_TOKEN: _unauthorized("Unable to parse JWT token."),
    Bad.EXPIRED: _unauthorized("Token has expired."),
    Bad.TAMPERED: _unauthorized(),
    Bad.FORGED: _unauthorized(),
    Bad.UNSIGNED: _unauthorized(),
    Bad.OTHER_CLIENT: _unauthorized(),
    Bad.OTHER_POOL: _unauthorized(),
    Bad.OTHER_SECRET: _MISMATCH,
    Bad.OTHER_KEY: _UNKNOWN,
    Bad.NO_SESSION: _UNKNOWN,
    Bad.OTHER_REGION: _signature(
        "InvalidSignatureException",
        "Credential should be scoped to a valid region and service: us-east-1/appsync.",
    ),
    Bad.OTHER_BODY: _MISMATCH,
    Bad.OLD: _signature(
        "InvalidSignatureException", "Signature expired or not yet current: it is dated {at}."
    ),
}
