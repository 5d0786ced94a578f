"""The GraphQL documents, parsed once. A test validates each against ``schema.graphql``."""

from __future__ import annotations

from gql import GraphQLRequest

from clients.model import ORDER_FIELDS

_CHANGE = "orderId customerId version status at reason"
_SUMMARY = " ".join(ORDER_FIELDS)
_ORDER = f"{_SUMMARY} items {{ sku name quantity unitPrice }} history {{ {_CHANGE} }}"

SUBMIT = GraphQLRequest(
    f"mutation Submit($input: SubmitOrderInput!) {{ submitOrder(input: $input) {{ {_ORDER} }} }}"
)
ENQUEUE = GraphQLRequest(
    f"mutation Enqueue($input: SubmitOrderInput!) {{ enqueueOrder(input: $input) {{ {_ORDER} }} }}"
)
CANCEL = GraphQLRequest(f"mutation Cancel($id: ID!) {{ cancelOrder(id: $id) {{ {_ORDER} }} }}")
DECIDE = GraphQLRequest(
    f"mutation Decide($input: DecideOrderInput!) {{ decideOrder(input: $input) {{ {_ORDER} }} }}"
)
ORDER = GraphQLRequest(f"query Order($id: ID!) {{ order(id: $id) {{ {_ORDER} }} }}")
ORDERS = GraphQLRequest(
    "query Orders($status: OrderStatus, $limit: Int, $nextToken: String) "
    "{ orders(status: $status, limit: $limit, nextToken: $nextToken) "
    f"{{ orders {{ {_SUMMARY} }} nextToken }} }}"
)
ALL_ORDERS = GraphQLRequest(
    "query AllOrders($status: OrderStatus!, $limit: Int, $nextToken: String) "
    "{ allOrders(status: $status, limit: $limit, nextToken: $nextToken) "
    f"{{ orders {{ {_SUMMARY} }} nextToken }} }}"
)
HISTORY = GraphQLRequest(
    "query History($id: ID!, $afterVersion: Int) { orderHistory(id: $id, afterVersion: $afterVersion) "
    f"{{ orderId version changes {{ {_CHANGE} }} }} }}"
)
TRACE = GraphQLRequest(
    "query Trace($id: ID!) { orderTrace(id: $id) { orderId workflow source outcome startedAt endedAt "
    "redrives error steps { id name type enteredAt leftAt outcome retries error parent index } "
    "nodes { name type parent branch start end comment } transitions { source target kind errors } "
    "traceId spans { id parent name origin startedAt endedAt failed detail } } }"
)
_WEBHOOK = "id url statuses delivery status topicArn createdAt"
WEBHOOKS = GraphQLRequest(f"query Webhooks {{ webhooks {{ {_WEBHOOK} }} }}")
REGISTER_WEBHOOK = GraphQLRequest(
    "mutation Register($input: RegisterWebhookInput!) "
    f"{{ registerWebhook(input: $input) {{ webhook {{ {_WEBHOOK} }} secret }} }}"
)
VERIFY_WEBHOOK = GraphQLRequest(f"mutation Verify($id: ID!) {{ verifyWebhook(id: $id) {{ {_WEBHOOK} }} }}")
REMOVE_WEBHOOK = GraphQLRequest(f"mutation Remove($id: ID!) {{ removeWebhook(id: $id) {{ {_WEBHOOK} }} }}")
_MOVE = "move { status moved total startedAt failure }"
DEAD_LETTERS = GraphQLRequest(
    f"query DeadLetters {{ deadLetters {{ name purpose way depth oldestAt {_MOVE} }} }}"
)
DEAD_LETTER_MESSAGES = GraphQLRequest(
    "query DeadLetterMessages($place: ID!, $limit: Int) { deadLetterMessages(place: $place, limit: $limit) "
    "{ id sentAt what orderIds cause attempts problem } }"
)
REDRIVE_DEAD_LETTERS = GraphQLRequest(
    "mutation RedriveDeadLetters($input: RedriveDeadLettersInput!) { redriveDeadLetters(input: $input) "
    f"{{ matched redriven failures {{ id reason }} more {_MOVE} }} }}"
)
CUSTOMER_SUMMARY = GraphQLRequest(
    "query Summary($customerId: ID) { customerSummary(customerId: $customerId) { customerId "
    "orders { status count } spent { currency amount } lastOrderId lastOrderAt updatedAt } }"
)
REBUILD_SUMMARIES = GraphQLRequest(
    "mutation RebuildSummaries($input: RebuildSummariesInput!) { rebuildSummaries(input: $input) "
    "{ status generation startedAt replayedUntil waiting unreadable reason } }"
)
_FIGURES = (
    "version at windowSeconds statuses { status now entries } minutes { minute entries { status count } } "
    "revenue { currency amount orders } delivery { orders p50Ms p95Ms averageMs } deadLetters"
)
SHOP_FIGURES = GraphQLRequest(f"query ShopFigures {{ shopFigures {{ {_FIGURES} }} }}")
ON_SHOP_FIGURES = GraphQLRequest(f"subscription OnShopFigures {{ onShopFigures {{ {_FIGURES} }} }}")
_REFUSALS = "refusals { line code reason }"
_IMPORT = (
    "id customerId fileName size status version reason detail lines accepted repeated refused "
    f"createdAt updatedAt duplicateOf reportUrl {_REFUSALS}"
)
IMPORT = GraphQLRequest(f"query Import($id: ID!) {{ import(id: $id) {{ {_IMPORT} }} }}")
IMPORTS = GraphQLRequest(
    "query Imports($limit: Int, $nextToken: String) { imports(limit: $limit, nextToken: $nextToken) "
    f"{{ imports {{ {_IMPORT} }} nextToken }} }}"
)
CREATE_IMPORT = GraphQLRequest(
    "mutation CreateImport($input: CreateImportInput!) { createImport(input: $input) "
    f"{{ import {{ {_IMPORT} }} url fields {{ name value }} expiresAt }} }}"
)
CANCEL_IMPORT = GraphQLRequest(f"mutation CancelImport($id: ID!) {{ cancelImport(id: $id) {{ {_IMPORT} }} }}")
ON_IMPORT = GraphQLRequest(
    "subscription OnImport($id: ID!) { onImport(id: $id) { id customerId status version reason detail "
    f"lines accepted repeated refused at {_REFUSALS} }} }}"
)
ON_ORDER = GraphQLRequest(
    f"subscription OnOrder($orderId: ID!) {{ onOrderStatus(orderId: $orderId) {{ {_CHANGE} }} }}"
)
ON_MINE = GraphQLRequest(f"subscription OnMine {{ onMyOrders {{ {_CHANGE} }} }}")
ON_ANY = GraphQLRequest(
    f"subscription OnAny($statuses: [OrderStatus!]) {{ onAnyOrder(statuses: $statuses) {{ {_CHANGE} }} }}"
)
ON_MINE_IN = GraphQLRequest(
    f"subscription OnMineIn($statuses: [OrderStatus!]) {{ onMyOrders(statuses: $statuses) {{ {_CHANGE} }} }}"
)


def with_variables(request: GraphQLRequest, **variables: object) -> GraphQLRequest:
    """Return ``request`` with its variables, those that are None left out.

    AppSync does not take a null argument for an omitted one: a subscription filtered by null
    delivers nothing, and an explicit null has no default value.
    """
    present = {name: value for name, value in variables.items() if value is not None}
    return GraphQLRequest(request, variable_values=present)
