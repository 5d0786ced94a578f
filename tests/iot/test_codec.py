"""Packets survive the wire, in one piece or many, and bytes that are none are refused without harm."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import mqtt_packets
from localcloud.iot.codec import (
    MQTT_3,
    MQTT_5,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Frame,
    FrameReader,
    MalformedPacket,
    Packet,
    PacketTooLarge,
    Pingreq,
    Pingresp,
    Properties,
    Property,
    Puback,
    Publish,
    Second,
    Suback,
    Subscribe,
    TopicFilter,
    Unsuback,
    Unsubscribe,
    UnsupportedVersion,
    Will,
    encode,
    parse,
)
from localcloud.iot.codec.properties import ALLOWED

_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_binary = st.binary(max_size=20)
_id = st.integers(1, 65535)
_code = st.integers(0, 255)


def _value(kind: Property) -> st.SearchStrategy[object]:
    if kind in {0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A}:
        return st.integers(0, 255)
    if kind in {0x13, 0x21, 0x22, 0x23}:
        return st.integers(0, 65535)
    if kind in {0x02, 0x11, 0x18, 0x27}:
        return st.integers(0, 2**32 - 1)
    if kind in {0x09, 0x16}:
        return _binary
    if kind == 0x0B:
        return st.integers(0, 268_435_455)
    return st.tuples(_text, _text) if kind == 0x26 else _text


def properties(place: str) -> st.SearchStrategy[Properties]:
    each = [st.tuples(st.just(Property(kind)), _value(Property(kind))) for kind in sorted(ALLOWED[place])]
    return st.lists(st.one_of(each), max_size=4, unique_by=lambda entry: entry[0]).map(tuple)  # type: ignore[arg-type]


def packets(version: int) -> st.SearchStrategy[Packet]:
    def own(place: str) -> st.SearchStrategy[Properties]:
        return properties(place) if version == MQTT_5 else st.just(())

    code = _code if version == MQTT_5 else st.just(0)
    will = st.builds(Will, _text, _binary, st.integers(0, 2), st.booleans(), own("WILL"))
    signed = st.one_of(
        st.tuples(st.none(), st.none()), st.tuples(_text, st.none()), st.tuples(_text, _binary)
    )
    connect = st.builds(
        lambda client, clean, alive, will, who, own: Connect(
            version, client, clean, alive, will, who[0], who[1], own
        ),
        _text,
        st.booleans(),
        st.integers(0, 65535),
        st.none() | will,
        signed,
        own("CONNECT"),
    )
    publish = st.builds(
        lambda topic, payload, qos, retain, dup, number, own: Publish(
            topic, payload, qos, retain, dup and qos > 0, number if qos else 0, own
        ),
        _text,
        _binary,
        st.integers(0, 2),
        st.booleans(),
        st.booleans(),
        _id,
        own("PUBLISH"),
    )
    top = 0x2E if version == MQTT_5 else 2
    options = st.integers(0, top).filter(lambda flags: flags & 3 != 3 and flags & 0x30 != 0x30)
    filters = st.lists(st.builds(TopicFilter, _text, options), min_size=1, max_size=4).map(tuple)
    each: list[st.SearchStrategy[Packet]] = [
        connect,
        publish,
        st.builds(Connack, _code, st.booleans(), own("CONNACK")),
        st.builds(Puback, _id, code, own("ACK")),
        st.builds(Second, st.integers(5, 7), _id),
        st.builds(Subscribe, _id, filters, own("SUBSCRIBE")),
        st.builds(Suback, _id, st.lists(_code, max_size=4).map(tuple), own("ACK")),
        st.builds(Unsubscribe, _id, st.lists(_text, min_size=1, max_size=4).map(tuple), own("UNSUBSCRIBE")),
        st.just(Pingreq()),
        st.just(Pingresp()),
        st.builds(Disconnect, code, own("DISCONNECT")),
    ]
    if version == MQTT_5:
        each.append(st.builds(Unsuback, _id, st.lists(_code, max_size=4).map(tuple), own("ACK")))
        each.append(st.builds(Auth, _code, own("AUTH")))
    return st.one_of(each)


def frames_of(data: bytes, cuts: Sequence[int] = (), largest: int = 100_000) -> list[Frame]:
    reader, frames, at = FrameReader(largest), [], 0
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        frames += list(reader.feed(data[at:cut]))
        at = cut
    return frames


versions = st.sampled_from([MQTT_3, MQTT_5])
of_both = versions.flatmap(
    lambda version: st.tuples(st.just(version), st.lists(packets(version), max_size=3))
)


@given(of_both, st.lists(st.integers(0, 400), max_size=4))
def test_packets_survive_any_split_of_the_wire(case: tuple[int, list[Packet]], cuts: list[int]) -> None:
    version, sent = case
    data = b"".join(encode(packet, version) for packet in sent)
    frames = frames_of(data, cuts)
    assert [parse(frame, version) for frame in frames] == sent
    assert b"".join(frame.raw for frame in frames) == data


@given(versions, st.binary(max_size=80))
def test_any_bytes_are_packets_or_refused(version: int, data: bytes) -> None:
    try:
        for frame in frames_of(data):
            parse(frame, version)
    except MalformedPacket:
        pass


@given(of_both, st.integers(0, 200), st.integers(0, 255))
def test_changed_byte_is_read_or_refused(case: tuple[int, list[Packet]], at: int, byte: int) -> None:
    version, sent = case
    data = bytearray(b"".join(encode(packet, version) for packet in sent) or b"\xc0\x00")
    data[at % len(data)] = byte
    try:
        for frame in frames_of(bytes(data)):
            parse(frame, version)
    except MalformedPacket:
        pass


@given(st.lists(packets(MQTT_5), max_size=4), st.lists(st.integers(0, 400), max_size=4))
def test_client_library_reads_encoded_packets(sent: list[Packet], cuts: list[int]) -> None:
    reader, results, at = mqtt_packets.PacketReader(), [], 0
    data = b"".join(encode(packet, MQTT_5) for packet in sent)
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        results += list(reader.feed(data[at:cut]))
        at = cut
    assert len(results) == len(sent)
    for packet, received in zip(sent, results, strict=True):
        match packet:
            case Publish():
                assert received == mqtt_packets.Message(packet.topic, packet.payload, packet.packet_id)
            case Suback():
                assert received == mqtt_packets.SubscriptionsAnswered(packet.packet_id, packet.codes)
            case Connack():
                assert received == mqtt_packets.Connected(packet.code)


def test_packets_of_the_client_library_are_decoded() -> None:
    [connect] = frames_of(mqtt_packets.connect("ann-1", "?a=b", "token", 60))
    assert parse(connect, MQTT_3) == Connect(MQTT_5, "ann-1", True, 60, None, "?a=b", b"token")
    [subscribe] = frames_of(mqtt_packets.subscribe(3, ["a/b", "c"]))
    assert parse(subscribe, MQTT_5) == Subscribe(3, (TopicFilter("a/b", 1), TopicFilter("c", 1)))
    [puback] = frames_of(mqtt_packets.puback(9))
    assert parse(puback, MQTT_5) == Puback(9)


def test_oversized_packet_is_refused_by_its_header_alone() -> None:
    with pytest.raises(PacketTooLarge):
        list(FrameReader(1000).feed(bytes.fromhex("30ffff7f")))


@pytest.mark.parametrize(
    "packet",
    [
        "36 00",  # PUBLISH with QoS 3
        "38 03 0001 61",  # DUP at QoS 0
        "32 05 0001 61 0000",  # packet identifier 0
        "82 02 0001",  # SUBSCRIBE without a filter
        "80 06 0001 0001 61 00",  # SUBSCRIBE without its flags
        "82 06 0001 0001 61 04",  # reserved options of 3.1.1
        "c1 00",  # flags of PINGREQ
        "c0 01 00",  # more than belongs there
        "f0 00",  # AUTH in 3.1.1
        "00 00",
        "30 04 0002 ff fe",  # a topic that is no UTF-8
        "30 03 0001 00",  # the null character
        "30 80 80 80 80 01",  # a length of five bytes
        "30 80 00",  # a length longer than it needs to be
    ],
)
def test_protocol_violation_is_refused(packet: str) -> None:
    with pytest.raises(MalformedPacket):
        for frame in frames_of(bytes.fromhex(packet)):
            parse(frame, MQTT_3)


def test_other_protocol_version_is_refused_as_such() -> None:
    with pytest.raises(UnsupportedVersion):
        parse(frames_of(bytes.fromhex("10 0c 0006 4d5149736470 03 02 0000"))[0], MQTT_3)


@pytest.mark.parametrize("repeated", ["0200000001" * 2, "11 00000001", "7f"])
def test_misplaced_property_is_refused(repeated: str) -> None:
    block = bytes.fromhex(repeated)
    body = b"\x00\x01a" + bytes((len(block),)) + block
    with pytest.raises(MalformedPacket):
        parse(frames_of(bytes((0x30, len(body))) + body)[0], MQTT_5)
