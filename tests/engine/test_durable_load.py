"""Writes to all services, ``kill -9`` at random moments: everything acknowledged is there, and whole."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.engine.test_durable import Home
from tests.engine.world import World

ROUNDS = 4
REGISTERS = 12
Key = tuple[str, int]


class Writer:
    """Writes registers (what the last write said) and messages (there until they are deleted).

    Attributes
    ----------
    values
        What each register must hold: all that was acknowledged, and None for what is not there.
    open_values
        What the write that a kill cut off would have made of its register: it may be so or not.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.values: dict[Key, str | None] = {}
        self.open_values: dict[Key, str | None] = {}
        self.messages: set[str] = set()
        self.open_messages: set[str] = set()
        self.handles: dict[str, str] = {}
        self.acknowledged = 0

    def prepare(self, world: World) -> None:
        world.client("dynamodb").create_table(
            TableName="tab",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self.url = world.client("sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "3600"})[
            "QueueUrl"
        ]
        world.client("s3").create_bucket(Bucket="bucket")
        self.pool = world.client("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]

    def write(self, world: World) -> None:
        """Make one random write; raises what the client raises when the engine is gone."""
        step: Callable[[World], None] = self.random.choice([self.register] * 4 + [self.send, self.take])
        step(world)
        self.acknowledged += 1

    def register(self, world: World) -> None:
        kind = self.random.choice(["item", "pair", "object", "parameter", "user", "role"])
        key = (kind, self.random.randrange(REGISTERS))
        new = None if self.random.random() < 0.25 else str(self.random.random())
        self.open_values[key] = new
        set_register(world, key, new, self.pool)
        self.values[key] = new
        del self.open_values[key]

    def send(self, world: World) -> None:
        body = str(self.random.random())
        self.open_messages.add(body)
        world.client("sqs").send_message(QueueUrl=self.url, MessageBody=body)
        self.open_messages.discard(body)
        self.messages.add(body)

    def take(self, world: World) -> None:
        """Receive a message, or delete one that was received, before the last kill even."""
        sqs = world.client("sqs")
        if self.handles and self.random.random() < 0.5:
            body = self.random.choice(sorted(self.handles))
            self.open_messages.add(body)
            sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self.handles.pop(body))
            self.open_messages.discard(body)
            self.messages.discard(body)
        else:
            for message in sqs.receive_message(QueueUrl=self.url).get("Messages", ()):
                self.handles[message["Body"]] = message["ReceiptHandle"]

    def check(self, world: World) -> None:
        """Compare every register, and count the messages; what was open is settled by what there is."""
        for key, value in {**self.values, **self.open_values}.items():
            there = get_register(world, key, self.pool)
            allowed = {self.values.get(key), *([self.open_values[key]] if key in self.open_values else [])}
            if key[0] in {"user", "role"}:
                allowed = {None if entry is None else "there" for entry in allowed}
            assert there in allowed, (key, there, value)
            self.values[key] = there
        self.open_values.clear()
        names = [f"ApproximateNumberOfMessages{suffix}" for suffix in ("", "NotVisible", "Delayed")]
        counts = world.client("sqs").get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        count = sum(int(counts["Attributes"][name]) for name in names)
        certain = self.messages - self.open_messages
        assert len(certain) <= count <= len(self.messages | self.open_messages)

    def drain(self, world: World) -> set[str]:
        """Return the bodies of all messages, whatever is in flight."""
        sqs = world.client("sqs")
        for handle in self.handles.values():
            with suppress(ClientError):  # deleted by the last write before a kill
                sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0)
        bodies: set[str] = set()
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            bodies.update(message["Body"] for message in messages)
        return bodies


def set_register(world: World, key: Key, value: str | None, pool: str) -> None:
    kind, number = key
    name = f"{kind}{number}"
    dynamodb, s3, ssm = (world.client(service) for service in ("dynamodb", "s3", "ssm"))
    cognito, iam = world.client("cognito-idp"), world.client("iam")
    there = get_register(world, key, pool)
    match kind:
        case "item" if value is None:
            dynamodb.delete_item(TableName="tab", Key={"pk": {"S": name}})
        case "item":
            dynamodb.put_item(TableName="tab", Item={"pk": {"S": name}, "v": {"S": value}})
        case "pair":
            halves = [{"pk": {"S": f"{name}{half}"}} for half in "ab"]
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Delete": {"TableName": "tab", "Key": half}}
                    if value is None
                    else {"Put": {"TableName": "tab", "Item": {**half, "v": {"S": value}}}}
                    for half in halves
                ]
            )
        case "object" if value is None:
            s3.delete_object(Bucket="bucket", Key=name)
        case "object":
            s3.put_object(Bucket="bucket", Key=name, Body=value.encode())
        case "parameter" if value is None:
            if there is not None:
                ssm.delete_parameter(Name=name)
        case "parameter":
            ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        case "user" if value is None:
            if there is not None:
                cognito.admin_delete_user(UserPoolId=pool, Username=name)
        case "user":
            if there is None:
                cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        case "role" if value is None:
            if there is not None:
                iam.delete_role(RoleName=name)
        case "role":
            if there is None:
                iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")


def get_register(world: World, key: Key, pool: str) -> str | None:
    kind, number = key
    name = f"{kind}{number}"
    dynamodb = world.client("dynamodb")

    def item(partition: str) -> str | None:
        stored = dynamodb.get_item(TableName="tab", Key={"pk": {"S": partition}}).get("Item")
        return None if stored is None else str(stored["v"]["S"])

    try:
        match kind:
            case "item":
                return item(name)
            case "pair":
                first, second = item(f"{name}a"), item(f"{name}b")
                assert first == second, f"{name} was written by halves"
                return first
            case "object":
                body: bytes = world.client("s3").get_object(Bucket="bucket", Key=name)["Body"].read()
                return body.decode()
            case "parameter":
                return str(world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
            case "user":
                world.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=name)
            case "role":
                world.client("iam").get_role(RoleName=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in {"NoSuchKey", "ParameterNotFound", "UserNotFoundException", "NoSuchEntity"}, error
        return None
    return "there"


def load_until_killed(world: World, writer: Writer) -> None:
    """Write until the engine is killed, after a random while."""
    killer = threading.Timer(writer.random.uniform(0.3, 2.0), world.process.kill)
    killer.start()
    try:
        while True:
            writer.write(world)
    except (BotoCoreError, ClientError, OSError):
        assert world.process.wait(60) == -9
    finally:
        killer.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_acknowledged_writes_survive_kills_at_random_moments(tmp_path: Path, seed: int) -> None:
    home, writer = Home(tmp_path), Writer(seed)
    with home.engine() as world:
        writer.prepare(world)
        load_until_killed(world, writer)
    for _ in range(ROUNDS - 1):
        with home.engine() as world:
            writer.check(world)
            load_until_killed(world, writer)
    with home.engine() as world:
        writer.check(world)
        bodies = writer.drain(world)
        missing = writer.messages - writer.open_messages - bodies
        # A message that was received by a call whose answer a kill cut off is in flight, and counted.
        assert len(missing) <= ROUNDS
        assert bodies <= writer.messages | writer.open_messages
    assert writer.acknowledged > 50
