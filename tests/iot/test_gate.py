"""What becomes of each packet: passed on, answered, dropped, or the end; for both versions of MQTT."""

from __future__ import annotations

import pytest

from localcloud.iot.authorizing import Grant
from localcloud.iot.codec import (
    MQTT_3,
    MQTT_5,
    Connack,
    Connect,
    Disconnect,
    FrameReader,
    Packet,
    Pingreq,
    Properties,
    Property,
    Puback,
    Publish,
    Second,
    Suback,
    Subscribe,
    TopicFilter,
    Unsubscribe,
    encode,
    parse,
)
from localcloud.iot.codec.codes import Reason
from localcloud.iot.gate import PacketGate, Passage
from localcloud.iot.permits import Permits
from localcloud.iot.policies import parse_policy
from localcloud.iot.policies.documents import JSON

both = pytest.mark.parametrize("version", [MQTT_3, MQTT_5])
OWN: JSON = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["iot:Subscribe", "iot:Receive", "iot:Publish"],
            "Resource": ["*:topicfilter/own/*", "*:topic/own/*"],
        }
    ],
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Side:
    """A gate, spoken to in packets."""

    def __init__(self, version: int, properties: Properties = ()) -> None:
        self.version = version
        self.clock = Clock()
        grant = Grant("ann", (parse_policy(OWN),))
        self.permits = Permits.of(grant, Connect(version, "ann-1"), region="r", account="1")
        self.gate = PacketGate(version, self.permits, clock=self.clock, properties=properties)

    def client(self, packet: Packet) -> Passage:
        [frame] = FrameReader(10**6).feed(encode(packet, self.version))
        return self.gate.client(frame)

    def broker(self, packet: Packet) -> Passage:
        [frame] = FrameReader(10**6).feed(encode(packet, self.version))
        return self.gate.broker(frame)

    def packets(self, data: bytes) -> list[Packet]:
        return [parse(frame, self.version) for frame in FrameReader(10**6).feed(data)]


@both
def test_allowed_packet_passes_unchanged(version: int) -> None:
    side = Side(version)
    for packet in (
        Publish("own/1", b"x", qos=1, packet_id=3),
        Puback(4),
        Pingreq(),
        Unsubscribe(5, ("own/1",)),
    ):
        assert side.client(packet) == Passage(to_broker=encode(packet, version))


@both
def test_disconnect_passes_and_ends_the_connection(version: int) -> None:
    passage = Side(version).client(Disconnect())
    assert (passage.to_broker, passage.end) == (encode(Disconnect(), version), Reason.SUCCESS)


def test_forbidden_publish_is_answered_in_mqtt_5_and_closes_in_3() -> None:
    elsewhere = Publish("other/1", qos=1, packet_id=3)
    passage = Side(MQTT_5).client(elsewhere)
    assert passage == Passage(to_client=encode(Puback(3, Reason.NOT_AUTHORIZED), MQTT_5))
    assert Side(MQTT_3).client(elsewhere).end is Reason.NOT_AUTHORIZED
    assert Side(MQTT_5).client(Publish("other/1")).end is Reason.NOT_AUTHORIZED


def test_retained_publish_needs_its_own_permission() -> None:
    passage = Side(MQTT_5).client(Publish("own/1", qos=1, packet_id=3, retain=True))
    assert passage.to_client == encode(Puback(3, Reason.NOT_AUTHORIZED), MQTT_5)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (Publish("own/1", qos=2, packet_id=1), Reason.QOS_NOT_SUPPORTED),
        (Publish("own/1", b"x" * (128 * 1024 + 1)), Reason.PACKET_TOO_LARGE),
        (Publish("own/a/b/c/d/e/f/g/h"), Reason.TOPIC_NAME_INVALID),
        (Publish("own/" + "x" * 253), Reason.TOPIC_NAME_INVALID),
        (Publish("own/+"), Reason.TOPIC_NAME_INVALID),
        (Publish(""), Reason.TOPIC_NAME_INVALID),
        (Subscribe(1, tuple(TopicFilter(f"own/{n}") for n in range(9))), Reason.QUOTA_EXCEEDED),
        (Connect(MQTT_5, "again"), Reason.PROTOCOL_ERROR),
        (Second(6, 1), Reason.PROTOCOL_ERROR),
        (Connack(), Reason.PROTOCOL_ERROR),
    ],
)
@both
def test_packet_refused_by_aws_closes_the_connection(version: int, packet: Packet, reason: Reason) -> None:
    side = Side(version)
    passage = side.client(packet)
    assert passage.end is reason
    assert passage.to_broker == b""
    assert side.packets(passage.to_client) == ([Disconnect(reason)] if version == MQTT_5 else [])


def test_payload_of_128_kb_and_topic_of_seven_slashes_pass() -> None:
    side = Side(MQTT_3)
    assert side.client(Publish("own/a/b/c/d/e/f/g", b"x" * 128 * 1024)).to_broker
    assert side.client(Publish("$aws/things/a/shadow/update")).end is Reason.NOT_AUTHORIZED  # not its slashes


@both
def test_hundred_messages_a_second_pass_and_no_more(version: int) -> None:
    side = Side(version)
    message = Publish("own/1", qos=1, packet_id=7)
    assert all(side.client(message).to_broker for _ in range(100))
    late = side.client(message)
    assert (late.to_broker, late.end) == (b"", None)
    answer = [Puback(7, Reason.QUOTA_EXCEEDED)] if version == MQTT_5 else []
    assert side.packets(late.to_client) == answer
    side.clock.now += 0.5
    assert sum(bool(side.client(message).to_broker) for _ in range(100)) == 50


def test_granted_filters_of_a_subscribe_alone_reach_the_broker() -> None:
    side = Side(MQTT_5)
    mixed = Subscribe(
        9,
        (
            TopicFilter("own/1", 1),
            TopicFilter("other/1"),
            TopicFilter("own/a+", 1),
            TopicFilter("$share/g/own/1"),
        ),
    )
    passage = side.client(mixed)
    assert side.packets(passage.to_broker) == [Subscribe(9, (TopicFilter("own/1", 1),))]
    answer = side.broker(Suback(9, (1,)))
    refused = (Reason.NOT_AUTHORIZED, Reason.TOPIC_FILTER_INVALID, Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED)
    assert side.packets(answer.to_client) == [Suback(9, (1, *refused))]


def test_refused_subscribe_is_answered_in_mqtt_5_and_closes_in_3() -> None:
    five = Side(MQTT_5)
    passage = five.client(Subscribe(9, (TopicFilter("other/#", 1),)))
    assert five.packets(passage.to_client) == [Suback(9, (Reason.NOT_AUTHORIZED,))]
    assert (passage.to_broker, passage.end) == (b"", None)
    three = Side(MQTT_3).client(Subscribe(9, (TopicFilter("other/#", 1),)))
    assert (three.to_broker, three.end) == (b"", Reason.NOT_AUTHORIZED)


@both
def test_fifty_subscriptions_are_granted_and_no_more(version: int) -> None:
    side = Side(version)
    for number in range(50):
        assert side.client(Subscribe(number + 1, (TopicFilter(f"own/{number}"),))).to_broker
    assert side.client(Subscribe(99, (TopicFilter("own/7"),))).to_broker  # it is there already
    refused = side.client(Subscribe(100, (TopicFilter("own/50"),)))
    code = Reason.QUOTA_EXCEEDED if version == MQTT_5 else 0x80
    assert side.packets(refused.to_client) == [Suback(100, (code,))]
    side.client(Unsubscribe(101, ("own/7",)))
    assert side.client(Subscribe(102, (TopicFilter("own/50"),))).to_broker


def test_qos_2_is_unanswered_in_mqtt_3_and_granted_as_1_in_5() -> None:
    wanted = Subscribe(9, (TopicFilter("own/1", 2),))
    assert Side(MQTT_3).client(wanted) == Passage()
    assert Side(MQTT_5).client(wanted).to_broker  # the broker grants 1


@both
def test_forbidden_message_is_dropped_and_acknowledged(version: int) -> None:
    side = Side(version)
    assert side.broker(Publish("other/1", qos=1, packet_id=5)) == Passage(
        to_broker=encode(Puback(5), version)
    )
    assert side.broker(Publish("other/1")) == Passage()
    mine = Publish("own/1", b"x", qos=1, packet_id=6)
    assert side.broker(mine) == Passage(to_client=encode(mine, version))


def test_renewed_grant_applies_from_the_next_packet() -> None:
    side = Side(MQTT_5)
    assert side.broker(Publish("own/1")).to_client
    side.permits.renew(Grant("ann", ()))
    assert side.broker(Publish("own/1")) == Passage()


def test_mqtt_5_client_receives_the_limits_of_the_server() -> None:
    side = Side(MQTT_5, properties=((Property.SERVER_KEEP_ALIVE, 30),))
    [connack] = side.packets(side.broker(Connack(0, False, ((Property.MAXIMUM_QOS, 1),))).to_client)
    assert connack == Connack(0, False, ((Property.MAXIMUM_QOS, 1), (Property.SERVER_KEEP_ALIVE, 30)))


@both
def test_bytes_that_are_no_mqtt_close_the_connection(version: int) -> None:
    side = Side(version)
    [frame] = FrameReader(100).feed(b"\xc1\x00")
    assert side.gate.client(frame).end is Reason.MALFORMED_PACKET
