"""The real ``chalice deploy`` on a local cloud, with a stack that has just what the companion needs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from orders.adapters.dynamodb_connections import DynamoDBConnections
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.caller import Caller
from orders.connections import Connection
from orders.model import received
from tests.companion.deploying import STAGE, Deployment
from tests.companion.gateway import event
from tests.localcloud.running import running, wait_for
from tests.orders.samples import ADA, an_order
from tools.companion_project import alone, assemble

pytestmark = [pytest.mark.slow, pytest.mark.integration]

STACK = Path(__file__).parent / "stack.yaml"


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with running(tmp_path, STACK, "--stack-name", "orderwire") as cloud:
        yield Deployment(cloud, tmp_path / "project", tmp_path / "ready.json")


def send(deployment: Deployment, *bodies: str) -> None:
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    answer = deployment.client("sqs").send_message_batch(
        QueueUrl=deployment.cloud.outputs["CompanionQueueUrl"], Entries=entries
    )
    assert not answer.get("Failed")


def started(deployment: Deployment) -> list[str]:
    arn = deployment.cloud.outputs["StateMachineArn"]
    executions = deployment.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    return sorted(execution["name"] for execution in executions)


def dead_letters(deployment: Deployment) -> list[str]:
    url = deployment.cloud.outputs["DeadLettersUrl"]
    answer = deployment.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return sorted(message["Body"] for message in answer.get("Messages", []))


def waiting(deployment: Deployment) -> int:
    counts = deployment.client("sqs").get_queue_attributes(
        QueueUrl=deployment.cloud.outputs["CompanionQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(map(int, counts.values()))


def check_nothing_is_lost(deployment: Deployment) -> None:
    """Send good and bad messages together: every good one starts its order, every bad one is kept."""
    orders = sorted(str(uuid4()) for _ in range(6))
    store = DynamoDBOrderStore(deployment.client("dynamodb"), deployment.cloud.outputs["OrdersTableName"])
    for order in orders:  # the worker starts what is recorded alone
        contents = an_order(order)
        assert store.record(contents, received(contents))
    messages = [json.dumps({"orderId": order}) for order in orders]
    send(deployment, messages[0], "poison 1", *messages[1:4], "poison 2", *messages[4:])
    wait_for(lambda: started(deployment) == orders, what="the orders' start")
    wait_for(lambda: waiting(deployment) == 0, what="the queue's end")
    assert dead_letters(deployment) == ["poison 1", "poison 2"]
    assert started(deployment) == orders


def test_deployment_without_the_flag_loses_no_message(deployment: Deployment) -> None:
    """As ``chalice deploy`` leaves it, and as it is for some moments of every first deployment."""
    assert deployment.run("environment", "--stack", "orderwire").returncode == 0
    with alone(deployment.project):
        assemble(deployment.project)
    done = deployment.chalice("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    mapping = deployment.mapping()
    assert (mapping["BatchSize"], mapping.get("FunctionResponseTypes") or []) == (1, [])
    check_nothing_is_lost(deployment)


def test_deploy_sets_the_flag_before_the_batches_and_delete_removes_everything(
    deployment: Deployment,
) -> None:
    first = deployment.run("deploy", "--stack", "orderwire")
    assert first.returncode == 0, first.stderr
    mapping = deployment.mapping()
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    check_nothing_is_lost(deployment)
    tries = deployment.client("lambda").get_function_event_invoke_config(
        FunctionName=f"orderwire-{STAGE}-sweep_connections"
    )
    assert (tries["MaximumRetryAttempts"], tries["MaximumEventAgeInSeconds"]) == (0, 300)
    groups = logs_of(deployment)
    assert set(groups) >= {f"/aws/lambda/{name}" for name in code_of(deployment)}
    assert set(groups.values()) == {14}

    code = code_of(deployment)
    state = deployment.state()
    again = deployment.run("deploy", "--stack", "orderwire")
    assert again.returncode == 0, again.stderr
    assert code_of(deployment) == code
    assert deployment.state() == state
    mapping = deployment.mapping()
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])

    deleted = deployment.run("delete")
    assert deleted.returncode == 0, deleted.stderr
    assert code_of(deployment) == {}
    assert deployment.client("apigateway").get_rest_apis()["items"] == []
    assert deployment.client("apigatewayv2").get_apis()["Items"] == []
    assert deployment.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert deployment.run("delete").returncode == 1


def test_interrupted_deployment_is_finished_by_the_next(deployment: Deployment) -> None:
    """Chalice remembers what it did at the very end: the file is what is missing then."""
    assert deployment.run("deploy", "--stack", "orderwire").returncode == 0
    state = deployment.state()
    websocket = deployment.client("apigatewayv2")
    (deployment.project / ".chalice" / "deployed" / f"{STAGE}.json").unlink()
    again = deployment.run("deploy", "--stack", "orderwire")
    assert again.returncode == 0, again.stderr
    assert "goes on with it" in again.stderr
    assert deployment.state() == state

    # Cut off earlier: the WebSocket API is there, and nobody can connect to it yet.
    [api] = websocket.get_apis()["Items"]
    websocket.delete_stage(ApiId=api["ApiId"], StageName="api")
    (deployment.project / ".chalice" / "deployed" / f"{STAGE}.json").unlink()
    assert deployment.run("deploy", "--stack", "orderwire").returncode == 0
    [api] = websocket.get_apis()["Items"]
    assert [stage["StageName"] for stage in websocket.get_stages(ApiId=api["ApiId"])["Items"]] == ["api"]
    assert len(deployment.client("apigateway").get_rest_apis()["items"]) == 1
    assert deployment.mapping()["UUID"] == state["start_orders-sqs-event-source"]["event_uuid"]


def code_of(deployment: Deployment) -> dict[str, str]:
    functions = deployment.client("lambda").list_functions()["Functions"]
    return {function["FunctionName"]: function["CodeSha256"] for function in functions}


def logs_of(deployment: Deployment) -> dict[str, int | None]:
    """Return the log groups, and for how many days each keeps what is in it."""
    groups = deployment.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/orderwire-")
    return {group["logGroupName"]: group.get("retentionInDays") for group in groups["logGroups"]}


def test_schedule_removes_expired_connections(deployment: Deployment) -> None:
    assert deployment.run("deploy", "--stack", "orderwire").returncode == 0
    rules = deployment.client("events").list_rules(NamePrefix=f"orderwire-{STAGE}-")["Rules"]
    assert [(rule["ScheduleExpression"], rule["State"]) for rule in rules] == [("rate(5 minutes)", "ENABLED")]
    table = deployment.cloud.outputs["ConnectionsTableName"]
    connections = DynamoDBConnections(deployment.client("dynamodb"), table)
    now = int(time.time())
    for name, expires_at in (("old", now - 60), ("young", now + 3600)):
        connections.open(Connection(name, Caller(ADA), "https://there", expires_at))
    answer = deployment.client("lambda").invoke(
        FunctionName=f"orderwire-{STAGE}-sweep_connections", Payload=json.dumps(event("scheduled"))
    )
    assert json.load(answer["Payload"]) == {"forgotten": 1, "failed": 0}
    assert connections.find("old") is None
    assert connections.find("young") is not None


def test_state_of_a_removed_cloud_is_not_mistaken_for_the_current_one(
    deployment: Deployment, tmp_path: Path
) -> None:
    assert deployment.run("deploy", "--stack", "orderwire").returncode == 0
    (tmp_path / "second").mkdir()
    with running(tmp_path / "second", STACK, "--stack-name", "orderwire") as cloud:
        moved = Deployment(cloud, deployment.project, tmp_path / "second" / "ready.json")
        done = moved.run("deploy", "--stack", "orderwire")
        assert done.returncode == 0, done.stderr
        assert "the local cloud is a new one" in done.stderr
        assert len(code_of(moved)) == 6


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A cloud to which nothing is deployed."""
    folder = tmp_path_factory.mktemp("empty")
    with running(folder, STACK, "--stack-name", "orderwire") as cloud:
        yield Deployment(cloud, folder / "project", folder / "ready.json")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("deploy", "--stack", "other"), "deploy it first (make deploy STACK=other)"),
        (("delete",), "nothing is deployed as stage local"),
        (("url",), "stage local is not deployed"),
    ],
)
def test_errors_say_what_to_do(empty: Deployment, arguments: tuple[str, ...], expected: str) -> None:
    done = empty.run(*arguments)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_stage_of_another_account_is_not_touched(empty: Deployment, tmp_path: Path) -> None:
    deployment = replace(empty, project=tmp_path / "project")
    deployed = deployment.project / ".chalice" / "deployed" / f"{STAGE}.json"
    deployed.parent.mkdir(parents=True)
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:orderwire-local"
    handler = {"name": "api_handler", "resource_type": "lambda_function", "lambda_arn": arn}
    content = json.dumps({"schema_version": "2.0", "resources": [handler]})
    deployed.write_text(content)
    done = deployment.run("deploy", "--stack", "orderwire")
    assert done.returncode == 1
    assert "stage local is deployed in account 123456789012, region eu-west-1" in done.stderr
    assert deployed.read_text() == content
