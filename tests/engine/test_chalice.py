"""The real ``chalice`` against the engine: deploy, deploy again, change, delete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_gateway_rest import methods
from tests.engine.world import ACCOUNT, REGION, World

APP = """
from chalice import Chalice, CognitoUserPoolAuthorizer, CORSConfig, Rate, Response

app = Chalice(app_name="scratch")
app.experimental_feature_flags.update(["WEBSOCKETS"])
customers = CognitoUserPoolAuthorizer(
    "customers", provider_arns=["arn:aws:cognito-idp:REGION:ACCOUNT:userpool/REGION_one"]
)


@app.route("/things/{thing}", methods=["GET", "PUT"], authorizer=customers, cors=CORSConfig("https://a.example"))
def thing(thing):
    return {"thing": thing}


@app.on_ws_connect()
def connect(event):
    return Response(status_code=200, body="")


@app.on_ws_message()
def message(event):
    pass


@app.on_ws_disconnect()
def disconnect(event):
    pass


@app.on_sqs_message(queue="QUEUE", batch_size=1)
def work(event):
    pass


@app.schedule(Rate(1, unit=Rate.MINUTES))
def tick(event):
    pass
"""


class Project:
    """A Chalice project in a folder of its own."""

    def __init__(self, world: World, folder: Path, app: str = APP) -> None:
        self._world = world
        self._folder = folder
        (folder / ".chalice").mkdir()
        (folder / "requirements.txt").touch()
        text = app.replace("REGION", REGION).replace("ACCOUNT", ACCOUNT)
        self.queue = world.name("scratch")
        world.client("sqs").create_queue(QueueName=self.queue)
        self.write(text.replace("QUEUE", self.queue), A="1")

    @property
    def text(self) -> str:
        return (self._folder / "app.py").read_text()

    def write(self, text: str, **variables: str) -> None:
        (self._folder / "app.py").write_text(text)
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
        }
        (self._folder / ".chalice" / "policy-local.json").write_text(json.dumps(policy))
        stage = {
            "api_gateway_stage": "api",
            "autogen_policy": False,
            "iam_policy_file": "policy-local.json",
            "environment_variables": variables,
        }
        config = {"version": "2.0", "app_name": "scratch", "stages": {"local": stage}}
        (self._folder / ".chalice" / "config.json").write_text(json.dumps(config))

    def chalice(self, verb: str) -> dict[str, dict[str, Any]]:
        """Run the real command; return what it says is deployed, by its name."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("chalice")), verb, "--stage", "local"],
            cwd=self._folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._folder),
                "AWS_ENDPOINT_URL": self._world.endpoint,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "secret",
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        deployed = json.loads((self._folder / ".chalice" / "deployed" / "local.json").read_text())
        return {resource["name"]: resource for resource in deployed["resources"]}


@pytest.mark.slow
def test_chalice_deploys_repeatedly_and_deletes(world: World, tmp_path: Path) -> None:
    project = Project(world, tmp_path)
    first = project.chalice("deploy")
    rest, websocket = first["rest_api"]["rest_api_id"], first["websocket_api"]["websocket_api_id"]
    verbs = {"GET /things/{thing}", "PUT /things/{thing}", "OPTIONS /things/{thing}"}
    assert methods(world, rest).keys() == verbs
    get = methods(world, rest)["GET /things/{thing}"]
    assert get["methodIntegration"]["uri"].endswith(f"{first['api_handler']['lambda_arn']}/invocations")
    v2 = world.client("apigatewayv2")

    def routes() -> set[str]:
        return {route["RouteKey"] for route in v2.get_routes(ApiId=websocket)["Items"]}

    assert routes() == {"$connect", "$default", "$disconnect"}
    mapping = first["work-sqs-event-source"]["event_uuid"]
    functions = world.client("lambda")
    assert functions.get_event_source_mapping(UUID=mapping)["EventSourceArn"].endswith(project.queue)
    rule = first["tick-event"]["rule_name"]
    (target,) = world.client("events").list_targets_by_rule(Rule=rule)["Targets"]
    assert target["Arn"] == first["tick"]["lambda_arn"]

    # The third time as well: a patch that spoils the API would show only then.
    for _ in range(2):
        assert project.chalice("deploy") == first
        assert methods(world, rest).keys() == verbs
        assert routes() == {"$connect", "$default", "$disconnect"}

    project.write(project.text.replace("/things/{thing}", "/others/{thing}"), A="2")
    assert project.chalice("deploy").keys() == first.keys()
    assert {name.partition(" ")[2] for name in methods(world, rest)} == {"/others/{thing}"}
    configuration = functions.get_function_configuration(FunctionName="scratch-local")
    assert configuration["Environment"]["Variables"]["A"] == "2"

    assert project.chalice("delete") == {}
    assert rest not in {api["id"] for api in world.client("apigateway").get_rest_apis()["items"]}
    assert websocket not in {api["ApiId"] for api in v2.get_apis()["Items"]}
    assert [
        function
        for function in functions.list_functions()["Functions"]
        if "scratch" in function["FunctionName"]
    ] == []
    assert world.client("events").list_rules(NamePrefix="scratch")["Rules"] == []


BELL = """
from chalice import Chalice

app = Chalice(app_name="scratch")


@app.on_sns_message(topic="TOPIC")
def bell(event):
    return [event.message, event.subject]
"""


def rung(event: dict[str, Any]) -> list[Any]:
    """Run the handler of ``BELL`` on an event, as Lambda would."""
    names: dict[str, Any] = {}
    exec(BELL, names)
    result: list[Any] = names["bell"](event, None)
    return result


@pytest.mark.slow
def test_chalice_function_receives_messages_of_a_topic(world: World, tmp_path: Path) -> None:
    sns, name = world.client("sns"), world.name("topic")
    topic = sns.create_topic(Name=name)["TopicArn"]
    project = Project(world, tmp_path, BELL.replace("TOPIC", name))
    function = project.chalice("deploy")["bell"]["lambda_arn"].rpartition(":")[2]
    world.lambdas.functions[function] = rung
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    project.chalice("deploy")
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    sns.publish(TopicArn=topic, Message="ding")
    sns.publish(TopicArn=topic, Message="dong", Subject="second")

    def events() -> list[Any]:
        return [
            event for name, kind, event in world.lambdas.invocations if (name, kind) == (function, "Event")
        ]

    assert world.lambdas.wait_for(lambda: len(events()) == 2)
    assert sorted(map(rung, events())) == [["ding", None], ["dong", "second"]]
    assert project.chalice("delete") == {}
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
