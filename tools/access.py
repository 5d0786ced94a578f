"""Writes docs/access.md, who may do what, from the table that tests/doors tries cell by cell.

python -m tools.access
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.doors.channels import CHANNEL_ROWS
from tests.doors.streams import LISTENERS, STREAM_ROWS
from tests.doors.table import MQTT_CALLERS, MQTT_ROWS, REFUSALS, ROWS, Caller

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "access.md"

_BEFORE: Final = """\
# Who may do what

<!-- Made by `python -m tools.access` from tests/doors/table.py; do not edit. -->

Every cell of the tables is a test in `tests/doors`, which runs against the whole application on
the local cloud, with tokens and signatures as they go over the wire. The same tables generate
this page.

People sign in with the user pool; `staff` is a group in it. The backend signs with IAM. There is no
API key, and nothing is open without a credential.

## Operations

"""
_AFTER_OPERATIONS: Final = """
- *null* and `OrderNotFound` are the answers for another customer's order *and* for one that does
  not exist: ids cannot be probed. An id that is not a UUID has the same answer.
- `IdempotencyConflict` reveals nothing of the other order, not even its customer.
- `Unauthorized` is a field's error in a response with status 200, or an error frame: *Not
  Authorized to access `field` on type `Type`*.
- *Live, hears nothing*: a subscription does not look its order up, since a client may subscribe
  before it submits. Its filter always includes the caller's own customer id.
- Id tokens and access tokens open the same doors.
- A role also needs a policy: `fanout`'s and `redeliver`'s allow `publishOrderStatus` and nothing
  else (`tests/shape/test_roles.py` verifies it). The tables are tested with `--iam warn`, where a
  call without a right is reported and passes: they show what the *schema* lets IAM do.

## What roles may do, and do

`tests/integration` and `tests/companion` run with `--iam enforce` ([iam.md](iam.md)): the roles'
policies allow every call of the orders, the imports and the companion. A start with
`--iam report` shows which rights the sample orders leave unused; none is lacking. These are
unused, and granted for a reason:

"""
# Rights that the sample orders leave unused; whose they are; what uses them.
_UNUSED: Final = (
    (
        "all of the imports', the summaries', the webhooks' and the dead letters'",
        "`ManageImports`, `ImportLines`, `FinishImport`, `ManageSummaries`, `ManageWebhooks`, "
        "`ManageDeadLetters`, …",
        "an import, a rebuild, a webhook, a redrive: no sample does one",
    ),
    (
        "`dynamodb:DeleteItem`, `BatchWriteItem`, `execute-api:ManageConnections`, `sns:Publish`, "
        "`secretsmanager:GetSecretValue`",
        "`Fanout`, `Redeliver`, `PublishWebhooks`",
        "a WebSocket connection, a webhook",
    ),
    (
        "`states:StartExecution` on the other workflow",
        "`WorkflowsSource`, `StartOrders`, `AdmitOrders`",
        "`ExpressOrders` chooses one of the two",
    ),
    (
        "what durable orders need",
        "`RunOrder`, and `lambda:InvokeFunction` on it",
        "orders that run as a durable function",
    ),
    (
        "`dynamodb:PutItem`, `sqs:SendMessage`",
        "`EnqueueOrder`, `Reconcile`",
        "`enqueueOrder`, an order that was never started",
    ),
    (
        "`states:DescribeExecution`, `GetExecutionHistory`, `xray:BatchGetTraces`",
        "`TraceOrder`, `api_handler`",
        "`orderTrace`",
    ),
    (
        "`dynamodb:BatchGetItem`",
        "`ReserveStock`, `OrdersSource`",
        "a reservation or a submission that is repeated",
    ),
)
_BEFORE_BY_CHANNEL: Final = """
## Another customer's order, channel by channel

"""
# A channel; what a follower of another customer's order gets; the tests of it.
_BY_CHANNEL: Final = (
    ("`appsync`", "live, hears nothing; the history is null", "doors/test_subscriptions.py"),
    ("`events`", "the subscription is refused: `UnauthorizedException`", "doors/test_events.py"),
    ("`websocket`", "silence, as for an order that does not exist", "companion/test_websocket_handlers.py"),
    ("`graphql-ws`", "live, hears nothing", "companion/test_graphql_socket.py"),
    ("`sse`", "404 `order-not-found`", "doors/test_streams.py"),
    ("`iot`", "SUBSCRIBE is refused: `Not authorized` (0x87)", "doors/test_iot.py"),
    (
        "`webhook`",
        "nothing: an endpoint gets its own customer's changes",
        "clients/test_webhook_local_cloud.py",
    ),
    ("`poll-fixed`, `poll-backoff`, `longpoll`", "404 `order-not-found`", "companion/test_rest_read.py"),
    ("`synchronous`", "409 that says nothing of the order", "companion/test_rest_submit.py"),
)
_BEFORE_CHANNELS: Final = """
## Channels of the Event API

"""
_AFTER_CHANNELS: Final = """
- A channel names its customer, so the right to listen is decided once, when a client subscribes
  (`appsync/js/channels/orders.js`). As with GraphQL, the order is not looked up.
- Callers that sign with IAM cannot use the WebSocket, and publish only over HTTP.
- The companion's WebSocket, in both of its protocols, behaves like the two subscriptions above:
  another customer's order is live and silent (`tests/companion/test_graphql_subscriptions.py`,
  `test_websocket_handlers.py`).
- Invalid credentials (below) are refused here with the same status over HTTP, and at the
  handshake by `connection_error` with `UnauthorizedException`.

"""
_BEFORE_STREAMS: Final = """\
## Event streams

"""
_AFTER_STREAMS: Final = """
- `GET /events` streams the caller's own orders, for staff as well.
- With `wait`, an order appears as soon as it exists and the caller may see it. Until then another
  customer's order and one that does not exist look the same, and both end as a `problem` event.
- None of the credentials below opens a stream: 401 from API Gateway, or from the function for a
  token of another client of the user pool. IAM signatures are not tokens.

## Credentials that do not hold

The same for every GraphQL operation. Over HTTP the response is an error document. At the
WebSocket's handshake it is always `connection_error` with `UnauthorizedException` (401), sent
after `connection_init`, and a close with code 1008. In a `start` it is an error frame with the
subscription's id, and the connection stays open.

"""
_MQTT: Final = """
## By MQTT (AWS IoT Core)

The token is the password of CONNECT, and the authorizer returns a policy for that customer only
(`tests/doors/test_iot.py`).

"""
_AFTER_MQTT: Final = """
- A client id begins with the customer's id. CONNECT with any other is refused, so that no client
  can take over another customer's connection.
- A refusal is MQTT 5's reason `Not authorized` (0x87): in CONNACK, in SUBACK for the one filter, in
  PUBACK. MQTT 3.1.1 has no such reason: the connection ends.
- An invalid token (expired, tampered with, forged, unsigned, of another client or another pool, or
  none at all) is refused in CONNACK.
- A connection ends with its token, but lasts at least five minutes.
"""
_AFTER_CREDENTIALS: Final = """
The API accepts tokens of only one client of the user pool (`AppIdClientRegex`): a token that the
same customer obtained for another application does not open it.

Which layer shows what: all tokens above come from the engine's own user pools and are signed with
their keys, except the forged and unsigned ones. Cognito's shortest token life is five minutes; the
expired token has one second, which the engine allows and Cognito does not. Tests with a pool of
their own cover refused uses of a token (`token_use`), missing claims and unknown keys on the data
plane (`tests/appsync/test_doors_auth.py`).

## A token that expires during its connection

A credential is checked at the handshake and at every `start`, and not in between. AWS documents no
end of a connection with its token (only that it lives at most 24 hours, and that a mutation can end
the subscriptions of users who lost a right). The local cloud does the same: a live subscription
continues; a new `start` with the old token is refused with *Token has expired.*; one with a renewed
token on the same connection is accepted; a new handshake with the old token is refused
(`tests/doors/test_expiry.py`, `tests/appsync/test_realtime_expiry.py`).
This has not been measured on AWS. The clients here rely on neither: they renew tokens in time, and
reconnect when they are disconnected.

So removing a user from `staff` takes effect when their token expires: within an hour for requests
and new subscriptions, within 24 hours for live ones. Neither AppSync nor the local cloud asks
Cognito whether a token was revoked.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page() -> str:
    """Return the page as it should be."""
    operations = _table(
        ["operation", "on", *(who.value for who in Caller)],
        [[f"`{row.operation}`", row.of.value, *(row.outcome(who).value for who in Caller)] for row in ROWS],
    )
    streams = _table(
        ["stream", "on", *(who.value for who in LISTENERS)],
        [[f"`GET {row.path}`", row.of.value, *map(row.outcome, LISTENERS)] for row in STREAM_ROWS],
    )
    credentials = _table(
        ["credential", "HTTP", "`start`", "message"],
        [
            [
                kind.value,
                f"{refusal.status} `{refusal.error_type}`",
                f"`{refusal.of_start}`",
                refusal.message.replace("{at}", "…"),
            ]
            for kind, refusal in REFUSALS.items()
        ],
    )
    channels = _table(
        ["operation", "channel", *(who.value for who in Caller)],
        [
            [row.operation, f"`{row.channel}`", *(row.outcome(who).value for who in Caller)]
            for row in CHANNEL_ROWS
        ],
    )
    by_channel = _table(
        ["channel", "a follower of another customer's order gets", "tested by"],
        [[channel, outcome, f"`tests/{test}`"] for channel, outcome, test in _BY_CHANNEL],
    )
    unused = _table(["rights", "whose", "used by"], [list(row) for row in _UNUSED])
    mqtt = _table(
        ["by MQTT", *(who.value for who in MQTT_CALLERS)],
        [[row.what, *(outcome.value for outcome in row.outcomes)] for row in MQTT_ROWS],
    )
    return (
        f"{_BEFORE}{operations}{_AFTER_OPERATIONS}{unused}{_BEFORE_BY_CHANNEL}{by_channel}{_BEFORE_CHANNELS}{channels}{_AFTER_CHANNELS}"
        f"{_BEFORE_STREAMS}{streams}{_AFTER_STREAMS}{credentials}{_AFTER_CREDENTIALS}"
        f"{_MQTT}{mqtt}{_AFTER_MQTT}"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parent.parent)}")
