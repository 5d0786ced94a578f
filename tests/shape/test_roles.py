"""What each function is given, environment and rights, against what its handler needs: no less, no more."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest

import resolvers
from orders.adapters import settings as shared_settings
from resolvers import settings
from tests.shape import shape

FUNCTIONS = shape.resources("AWS::Lambda::Function")
HANDLERS = {body["Handler"].split(".")[1]: name for name, body in FUNCTIONS.items()}
# Of X-Ray: what a function takes that is traced, and what a workflow takes besides.
TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
SAMPLING = {"xray:GetSamplingRules", "xray:GetSamplingTargets"}
# IAM knows neither subscriptions nor traces as resources.
NO_RESOURCES = (
    {"sns:GetSubscriptionAttributes", "sns:Unsubscribe", "xray:BatchGetTraces"} | TRACING | SAMPLING
)
# What Lambda does in a function's name, to write its log and to read its event source.
LAMBDA_ITSELF = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
}


def statements(role: str) -> list[tuple[set[str], list[object]]]:
    """Return what a role allows: its own policies, then those attached to it, one a channel."""
    attached = [
        policy
        for policy in shape.resources("AWS::IAM::Policy").values()
        if role in map(shape.reference, policy["Roles"])
    ]
    allowed = []
    for policy in [*shape.resources("AWS::IAM::Role")[role].get("Policies", ()), *attached]:
        for written in policy["PolicyDocument"]["Statement"]:
            # What a switched-off channel does without is there on a condition.
            statement = written["Fn::If"][1] if "Fn::If" in written else written
            action, resource = statement["Action"], statement["Resource"]
            allowed.append(
                (
                    {action} if isinstance(action, str) else set(action),
                    resource if isinstance(resource, list) else [resource],
                )
            )
    return allowed


def documented() -> dict[str, set[str]]:
    """Return handler -> IAM actions, from the table in the package's own description."""
    assert resolvers.__doc__
    lines = resolvers.__doc__.splitlines()
    rule = next(line for line in lines if line.startswith("====="))
    starts = [match.start() for match in re.finditer("=+", rule)]
    first, _, last = (n for n, line in enumerate(lines) if line == rule)
    table: dict[str, str] = {}
    name = ""
    for line in lines[first:last]:
        if line.startswith("="):
            continue
        name = line[: starts[1]].strip() or name
        table[name] = table.get(name, "") + " " + line[starts[2] :]
    actions: dict[str, set[str]] = {}
    for name, text in table.items():
        service = ""
        for word in re.split(r"[;,]", text):
            if not (match := re.search(r"(?:([\w-]+):)?([A-Z]\w+)", word)):
                continue
            service = match.group(1) or service
            if service:
                actions.setdefault(name, set()).add(f"{service}:{match.group(2)}")
    return actions


COMPOSITION = ("wiring", "publishing", "importing", "analytics_wiring", "run_wiring")


SHARED = shape.ROOT / "orders" / "adapters" / "wiring.py"


def words(tree: ast.AST) -> set[str]:
    """Return the names that a piece of code reads, plain or as attributes."""
    nodes = list(ast.walk(tree))
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    return plain | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def called_in(tree: ast.AST) -> set[str]:
    """Return the functions that a piece of code calls by their plain names."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def composed_in(tree: ast.AST) -> set[str]:
    """Return the functions of the composition roots that a piece of code names."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in COMPOSITION
    }


def needed(handler: str) -> set[str]:
    """Return the variables that a handler reads: handler -> wiring's functions -> their settings."""
    files = [*(shape.ROOT / "resolvers" / f"{name}.py" for name in COMPOSITION), SHARED]
    roots = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    models = {
        node.name: {word for word in words(node) if word.endswith("Settings")}
        for root in roots
        for node in root.body
        if isinstance(node, ast.FunctionDef)
    }
    for root in reversed(roots):  # one root may call another's function, the shared one its own
        for function in root.body:
            if isinstance(function, ast.FunctionDef):
                called = composed_in(function) | called_in(function) & models.keys()
                models[function.name] |= set().union(*(models[name] for name in called))
    used: set[str] = set()
    module = shape.ROOT / "resolvers" / f"{handler}.py"
    todo, received = [module], set()
    while todo:
        path = todo.pop()
        received.add(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in composed_in(tree):
            used |= models[name]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("resolvers."):
                below = shape.ROOT / f"{(node.module or '').replace('.', '/')}.py"
                if below.stem not in COMPOSITION and below.exists() and below not in received:
                    todo.append(below)
    return {
        field.name.upper()
        for name in used
        for field in fields(getattr(settings, name, None) or getattr(shared_settings, name))
        if field.name != "aws_region"  # Lambda sets it
    }


def test_every_handler_is_deployed_and_nothing_else() -> None:
    modules = {
        path.stem
        for path in (shape.ROOT / "resolvers").glob("*.py")
        if re.search(r"^def handler\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert set(HANDLERS) == modules
    assert all(body["Handler"].startswith("resolvers.") for body in FUNCTIONS.values())


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_function_has_exactly_the_variables_of_its_handler(handler: str) -> None:
    variables = set(FUNCTIONS[HANDLERS[handler]]["Environment"]["Variables"])
    of_powertools = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
    assert variables - of_powertools - {"AWS_LAMBDA_EXEC_WRAPPER"} == needed(handler)


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_role_allows_exactly_the_calls_of_its_handler(handler: str) -> None:
    role = shape.reference(FUNCTIONS[HANDLERS[handler]]["Role"])
    allowed = set().union(*(actions for actions, _ in statements(role)))
    mapped = {
        shape.reference(mapping["FunctionName"])
        for mapping in shape.resources("AWS::Lambda::EventSourceMapping").values()
    }
    assert allowed >= TRACING
    of_lambda = (
        LAMBDA_ITSELF | TRACING | ({"sqs:GetQueueAttributes"} if HANDLERS[handler] in mapped else set())
    )
    assert allowed - of_lambda == documented().get(handler, set())


def test_each_function_has_its_own_role() -> None:
    roles = [shape.reference(body["Role"]) for body in FUNCTIONS.values()]
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("handler", ["fanout", "redeliver"])
def test_publishing_function_may_call_its_mutation_alone(handler: str) -> None:
    role = shape.reference(FUNCTIONS[HANDLERS[handler]]["Role"])
    [on] = [resources for actions, resources in statements(role) if "appsync:GraphQL" in actions]
    assert on == [
        {"Fn::Sub": "${Api.Arn}/types/Mutation/fields/publishOrderStatus"},
        {"Fn::Sub": "${Api.Arn}/types/OrderStatusChange/*"},
    ]
    others = [
        name
        for name in shape.resources("AWS::IAM::Role")
        if name not in (role, "RedeliverRole", "FanoutRole", "TellImportsRole", "CountChangesRole")
    ]
    assert not any("appsync:GraphQL" in actions for name in others for actions, _ in statements(name))


def test_import_teller_may_call_its_mutation_alone() -> None:
    [on] = [on for actions, on in statements("TellImportsRole") if "appsync:GraphQL" in actions]
    assert on == [
        {"Fn::Sub": "${Api.Arn}/types/Mutation/fields/publishImport"},
        {"Fn::Sub": "${Api.Arn}/types/ImportProgress/*"},
        {"Fn::Sub": "${Api.Arn}/types/RefusedLine/*"},
    ]


def test_analytics_function_may_publish_figures_alone() -> None:
    [on] = [
        resources for actions, resources in statements("CountChangesRole") if "appsync:GraphQL" in actions
    ]
    assert on == [
        {"Fn::Sub": "${Api.Arn}/types/Mutation/fields/publishShopFigures"},
        {"Fn::Sub": "${Api.Arn}/types/ShopFigures/*"},
        {"Fn::Sub": "${Api.Arn}/types/*Figure/*"},
    ]


@pytest.mark.parametrize("handler", ["fanout", "redeliver"])
def test_websocket_function_may_push_alone(handler: str) -> None:
    role = shape.reference(FUNCTIONS[HANDLERS[handler]]["Role"])
    [on] = [on for actions, on in statements(role) if "execute-api:ManageConnections" in actions]
    # Wild in the API's id alone: what reads (GET) and what closes (DELETE) connections is not allowed.
    assert on == [
        {
            "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"
            ":*/*/POST/@connections/*"
        }
    ]
    [on] = [on for actions, on in statements(role) if "dynamodb:Query" in actions]
    assert on == [{"Fn::GetAtt": ["ConnectionsTable", "Arn"]}]


@pytest.mark.parametrize("handler", ["fanout", "redeliver"])
def test_channel_variable_is_empty_when_its_parameter_is_false(handler: str) -> None:
    """An empty address is what switches a channel off: ``resolvers.publishing.channels``."""
    variables = FUNCTIONS[HANDLERS[handler]]["Environment"]["Variables"]
    switched = {field.name.upper() for field in fields(settings.ChannelSettings)} - {"AWS_REGION"}
    conditions = shape.template()["Conditions"]
    for variable in switched:
        condition, _, otherwise = variables[variable]["Fn::If"]
        assert otherwise == ""
        if variable in {"CONNECTIONS_TABLE", "FOLLOWED_ORDERS_MARKED"}:
            continue
        if condition == "DirectWebhooksOn":  # else the bus feeds webhooks
            without = {"Fn::Not": [{"Condition": "BusOn"}]}
            assert conditions[condition] == {"Fn::And": [without, {"Condition": "WebhookOn"}]}
            continue
        other = {"BusOn": "DomainEvents", "AnalyticsOn": "Analytics"}
        name = other.get(condition, f"{condition.removesuffix('On')}Channel")
        assert conditions[condition] == {"Fn::Equals": [{"Ref": name}, "true"]}
        assert shape.template()["Parameters"][name]["AllowedValues"] == ["true", "false"]
        # A stream costs by the hour.
        default = "false" if name == "Analytics" else "true"
        assert shape.template()["Parameters"][name]["Default"] == default


@pytest.mark.parametrize("handler", ["fanout", "redeliver"])
def test_updated_stack_keeps_querying_every_order_until_its_parameter_says_that_all_are_marked(
    handler: str,
) -> None:
    """An older stack has "true", which an update keeps: subscriptions of then have no markers."""
    variables = FUNCTIONS[HANDLERS[handler]]["Environment"]["Variables"]
    parameter = shape.template()["Parameters"]["WebSocketChannel"]
    conditions = shape.template()["Conditions"]
    reference = {"Ref": "WebSocketChannel"}
    assert (parameter["Default"], parameter["AllowedValues"]) == ("marked", ["marked", "true", "false"])
    assert variables["CONNECTIONS_TABLE"] == {"Fn::If": ["WebSocketOn", {"Ref": "ConnectionsTable"}, ""]}
    assert conditions["WebSocketOn"] == {"Fn::Not": [{"Fn::Equals": [reference, "false"]}]}
    assert variables["FOLLOWED_ORDERS_MARKED"] == {"Fn::If": ["FollowedOrdersMarked", "true", ""]}
    assert conditions["FollowedOrdersMarked"] == {"Fn::Equals": [reference, "marked"]}


def test_resources_of_one_channel_have_its_condition() -> None:
    policies = {
        name: body.get("Condition")
        for name, body in shape.everything().items()
        if body["Type"] == "AWS::IAM::Policy"
    }
    # Its function's ARN is in it, and the function is created with the role: so it stands apart, always.
    assert policies.pop("RunOrderCheckpoints") is None
    assert policies.pop("ImportRuns") == policies.pop("ImportPublishing") == "ImportsOn"
    for name in ("FunctionsTracing", "WorkflowsTracing", "AnalyticsTracing"):
        assert policies.pop(name) == "TracingOn"
    assert policies.pop("FollowedOrdersReading") == "FollowedOrdersMarked"
    assert policies.pop("DeliveryPolicy") == "AnalyticsOn"  # Firehose's own
    for name, condition in policies.items():
        assert name == f"{str(condition).removesuffix('On')}Publishing"


def test_log_delivery_alone_is_allowed_on_every_resource() -> None:
    for role in shape.resources("AWS::IAM::Role"):
        for actions, on in statements(role):
            if "*" in on:
                assert all(action.startswith("logs:") or action in NO_RESOURCES for action in actions), role
            assert not any(action.endswith("*") for action in actions), role


def test_workflow_may_invoke_its_functions_and_write_statuses_alone() -> None:
    resources = {state.get("Resource") for state in shape.states().values()}
    assert resources == {
        None,
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::dynamodb:updateItem",
        "arn:aws:states:::dynamodb:getItem",
        "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems.waitForTaskToken",
    }
    invoked = {
        state["Parameters"]["FunctionName"].strip("${}")
        for state in shape.states().values()
        if state.get("Resource") == "arn:aws:states:::lambda:invoke"
    }
    results = {
        tuple(sorted(actions)): {shape.reference(item) for item in on}
        for actions, on in statements("OrderWorkflowRole")
        if on != ["*"]
    }
    assert results == {
        ("lambda:InvokeFunction",): invoked,
        (
            "dynamodb:ConditionCheckItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ): {"OrdersTable"},
    }


def test_data_source_may_perform_the_operations_of_its_resolvers() -> None:
    operations = {
        match for source in shape.javascript().values() for match in re.findall(r"operation: '(\w+)'", source)
    } - {"Invoke", "TransactWriteItems"}  # a transaction is allowed by the actions of its writes
    allowed = {tuple(sorted(actions)): on for actions, on in statements("OrdersSourceRole")}
    assert {action for actions in allowed for action in actions} == {
        f"dynamodb:{name}" for name in operations
    }
    assert allowed[("dynamodb:Query",)] == [
        {"Fn::Sub": "${OrdersTable.Arn}/index/byOwner"},
        {"Fn::Sub": "${OrdersTable.Arn}/index/byStatus"},
    ]
    workflow, express = {"Ref": "OrderWorkflow"}, {"Ref": "ExpressWorkflow"}
    assert statements("WorkflowsSourceRole") == [
        ({"states:StartExecution"}, [workflow, express]),
        ({"states:SendTaskSuccess"}, [workflow]),
    ]
    queue = [{"Fn::GetAtt": ["OrderQueue", "Arn"]}]
    assert statements("QueueSourceRole") == [({"sqs:SendMessage"}, queue)]
