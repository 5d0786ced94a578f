"""SNS over a stop: the key stays, and what was waiting is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.hooks import Hook
from tests.engine.world import World


@pytest.mark.slow
def test_restart_keeps_the_signing_key_and_reports_waiting_deliveries(tmp_path: Path) -> None:
    hook = Hook()
    world = World(data=tmp_path / "data")
    sns = world.client("sns")
    topic = sns.create_topic(Name="kept")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{hook.url}/kept")
    arn = hook.confirm("/kept")
    sns.publish(TopicArn=topic, Message="one")
    certificate = hook.wait("/kept", "Notification").document["SigningCertURL"]
    hook.statuses["/kept"] = [503]
    sns.publish(TopicArn=topic, Message="waits")
    hook.wait("/kept", "Notification", 2)
    world.process.stdin.close()  # type: ignore[union-attr] # it is a pipe
    world.process.wait(60)
    assert b"SNS: 1 deliveries to 1 subscriptions go on at the next start" in world.printed()
    world.close()
    again = World(data=tmp_path / "data", port=world.port)
    try:
        again.client("sns").publish(TopicArn=topic, Message="two")
        document = hook.wait("/kept", "Notification", 3).document
        assert document["Message"] == "two"
        assert document["SigningCertURL"] == certificate
        attributes = again.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3
    finally:
        again.close()
        hook.close()
