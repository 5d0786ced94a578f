"""The endpoint in front of the real broker: whom it admits, what it answers, what hostile clients can do."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import aiohttp
import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from localcloud.iot import IotService
from localcloud.iot.codec import (
    MQTT_3,
    MQTT_5,
    Connack,
    Connect,
    Disconnect,
    FrameReader,
    Packet,
    Pingreq,
    Property,
    Publish,
    Suback,
    Subscribe,
    TopicFilter,
    Will,
    encode,
    parse,
)
from localcloud.iot.codec.codes import Reason
from tests.iot.conftest import OWN, SECRET, Endpoint, Result, granted, until

NAME = "x-amz-customauthorizer-name"


class Raw:
    """An MQTT client of packets, which says what no library would."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, version: int) -> None:
        self.socket = socket
        self.version = version
        self.reader = FrameReader(10**6)
        self.waiting: list[Packet] = []

    async def send(self, *packets: Packet) -> None:
        await self.socket.send_bytes(b"".join(encode(packet, self.version) for packet in packets))

    async def next(self) -> Packet | None:
        """Return the next packet; None at the end."""
        while not self.waiting:
            message = await self.socket.receive(60)
            if message.type is not aiohttp.WSMsgType.BINARY:
                return None
            self.waiting += [parse(frame, self.version) for frame in self.reader.feed(message.data)]
        return self.waiting.pop(0)


@pytest.fixture
async def session() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def raw(
    session: aiohttp.ClientSession, endpoint: Endpoint, version: int = MQTT_5, query: str = ""
) -> Raw:
    return Raw(await session.ws_connect(f"{endpoint.address.websocket}{query}", protocols=("mqtt",)), version)


async def connected(
    session: aiohttp.ClientSession, endpoint: Endpoint, name: str, version: int = MQTT_5, **more: Any
) -> tuple[Raw, Packet | None]:
    client = await raw(session, endpoint, version)
    whole = {"client_id": "ann-1", "username": f"?{NAME}={name}", "password": b"token", **more}
    await client.send(Connect(version, **whole))
    return client, await client.next()


async def test_authorizer_event_has_everything_that_the_client_sends(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    query = f"?{NAME}={name}&colour=blue"
    client = await raw(session, endpoint, query=query)
    await client.send(Connect(MQTT_5, "ann-9", username="ann", password=b"s3cret"))
    assert isinstance(await client.next(), Connack)
    event = endpoint.events[-1]
    assert event["protocols"] == ["tls", "http", "mqtt"]
    assert event["signatureVerified"] is False
    assert event["protocolData"]["http"]["queryString"] == query
    assert event["protocolData"]["http"]["headers"]["host"] == endpoint.address.endpoint
    password = base64.b64encode(b"s3cret").decode()
    assert event["protocolData"]["mqtt"] == {"clientId": "ann-9", "username": "ann", "password": password}
    assert set(event) == {"signatureVerified", "protocols", "protocolData", "connectionMetadata"}


REFUSED: dict[str, Any] = {
    "it says no": {"isAuthenticated": False},
    "it fails": None,
    "no object": "yes",
    "a principal with a dash": granted(principalId="ann-1"),
    "no principal": granted(principalId=""),
    "11 policies": granted(policyDocuments=[OWN] * 11),
    "a policy of 2,049 characters": granted(policyDocuments=[{**OWN, "Id": "x" * 2049}]),
    "a policy that is none": granted(policyDocuments=["{"]),
    "too short a life": granted(disconnectAfterInSeconds=0),
    "too long a life": granted(disconnectAfterInSeconds=86401),
    "no refresh": granted(refreshAfterInSeconds=None),
    "no policy for this client id": granted(policyDocuments=[]),
}


@pytest.mark.parametrize("why", sorted(REFUSED))
async def test_invalid_connection_is_refused(
    session: aiohttp.ClientSession, endpoint: Endpoint, why: str
) -> None:
    name = endpoint.authorizer(lambda _event: REFUSED[why])
    client, answer = await connected(session, endpoint, name)
    assert answer == Connack(Reason.NOT_AUTHORIZED)
    assert await client.next() is None
    _, silence = await connected(session, endpoint, name, MQTT_3)
    assert silence is None  # MQTT 3.1.1 has no reason codes


async def test_authorizer_must_exist_and_be_active_and_permitted(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    inactive = endpoint.authorizer(lambda _event: granted(), status="INACTIVE")
    unpermitted = endpoint.authorizer(lambda _event: granted(), permitted=False)
    for name in ("nobody", inactive, unpermitted):
        assert (await connected(session, endpoint, name))[1] == Connack(Reason.NOT_AUTHORIZED)
    client = await raw(session, endpoint)  # and there is no default one
    await client.send(Connect(MQTT_5, "ann-1"))
    assert await client.next() == Connack(Reason.NOT_AUTHORIZED)


async def test_signed_token_is_verified_before_the_authorizer_is_invoked(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    keys = {"first": pem.decode()}
    name = endpoint.authorizer(
        lambda _event: granted(), signingDisabled=False, tokenKeyName="token", tokenSigningPublicKeys=keys
    )
    signature = base64.b64encode(key.sign(b"abc", padding.PKCS1v15(), hashes.SHA256())).decode()
    for token, expected in (("abc", 0), ("abd", Reason.NOT_AUTHORIZED)):
        call_count = len(endpoint.events)
        client = await raw(session, endpoint)
        encoded = signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        user = f"?{NAME}={name}&token={token}&x-amz-customauthorizer-signature={encoded}"
        await client.send(Connect(MQTT_5, "ann-1", username=user))
        answer = await client.next()
        assert isinstance(answer, Connack)
        assert answer.code == expected
        assert len(endpoint.events) - call_count == (expected == 0)
    assert (endpoint.events[-1]["token"], endpoint.events[-1]["signatureVerified"]) == ("abc", True)


async def test_stock_client_follows_and_another_topic_is_refused(endpoint: Endpoint) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    async with endpoint.client(name, "ann-2") as client, asyncio.timeout(60):
        [first] = await client.subscribe("own/1", qos=1)
        [second] = await client.subscribe("other/1", qos=1)
        assert [getattr(code, "value", code) for code in (first, second)] == [1, Reason.NOT_AUTHORIZED]
        endpoint.world.client("iot-data").publish(topic="own/1", qos=1, payload=b"hello")
        message = await anext(aiter(client.messages))
        assert (str(message.topic), message.payload) == ("own/1", b"hello")


async def test_another_topic_closes_an_mqtt_3_connection(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    client, _ = await connected(session, endpoint, name, MQTT_3, client_id="ann-3")
    await client.send(Subscribe(1, (TopicFilter("other/1", 1),)))
    assert await client.next() is None


async def test_second_connection_takes_the_client_id_over(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    first, _ = await connected(session, endpoint, name, client_id="ann-4")
    _, answer = await connected(session, endpoint, name, client_id="ann-4")
    assert isinstance(answer, Connack)
    assert answer.code == 0
    assert await first.next() == Disconnect(Reason.SESSION_TAKEN_OVER)


async def test_will_needs_a_permission_and_is_published(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    refused = await connected(session, endpoint, name, will=Will("other/1", b"gone"))
    assert refused[1] == Connack(Reason.NOT_AUTHORIZED)
    watcher, _ = await connected(session, endpoint, name, client_id="ann-5")
    await watcher.send(Subscribe(1, (TopicFilter("own/wills", 1),)))
    assert await watcher.next() == Suback(1, (1,))
    leaver, _ = await connected(
        session, endpoint, name, client_id="ann-6", will=Will("own/wills", b"gone", 1)
    )
    await leaver.socket.close()
    message = await watcher.next()
    assert isinstance(message, Publish)
    assert message.payload == b"gone"


async def test_silent_client_is_cut_off(session: aiohttp.ClientSession, endpoint: Endpoint) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    client, answer = await connected(session, endpoint, name, client_id="ann-7", keep_alive=1)
    assert isinstance(answer, Connack)
    assert await client.next() == Disconnect(Reason.KEEP_ALIVE_TIMEOUT)


async def test_unsupported_keep_alive_is_replaced_and_reported(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    client, answer = await connected(session, endpoint, name, client_id="", keep_alive=4000)
    assert answer == Connack(Reason.NOT_AUTHORIZED)  # a client id that was made up is nobody's
    client, answer = await connected(session, endpoint, name, client_id="ann-8", keep_alive=4000)
    assert isinstance(answer, Connack)
    assert (Property.SERVER_KEEP_ALIVE, 1200) in answer.properties
    await client.socket.close()


async def test_connection_ends_at_the_time_of_its_authorizer(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    name = endpoint.authorizer(lambda _event: granted(disconnectAfterInSeconds=0.2))
    client, _ = await connected(session, endpoint, name, client_id="ann-10")
    assert await client.next() == Disconnect(Reason.MAXIMUM_CONNECT_TIME)


async def test_authorizer_is_invoked_again_and_may_refuse(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    answers = [
        granted(refreshAfterInSeconds=0.1),
        granted(refreshAfterInSeconds=0.1),
        {"isAuthenticated": False},
    ]
    name = endpoint.authorizer(lambda _event: answers.pop(0))
    client, _ = await connected(session, endpoint, name, client_id="ann-11")
    assert await client.next() == Disconnect(Reason.NOT_AUTHORIZED)
    assert answers == []


@pytest.mark.parametrize(
    "data",
    [b"\xc0\x00", b"\x10\x00", b"\x10\xff\xff\xff\x7f", b"GET / HTTP/1.1\r\nHost: a\r\n" * 5, b"\x00" * 100],
    ids=["ping first", "empty connect", "huge connect", "http", "zeros"],
)
async def test_first_packet_other_than_connect_closes_the_connection(
    session: aiohttp.ClientSession, endpoint: Endpoint, data: bytes
) -> None:
    hostile = await raw(session, endpoint)
    await hostile.socket.send_bytes(data)
    assert await hostile.next() is None
    name = endpoint.authorizer(lambda _event: granted())
    client, answer = await connected(session, endpoint, name, client_id="ann-12")
    assert isinstance(answer, Connack)
    await client.send(Pingreq())
    assert await client.next() is not None


async def test_other_version_is_answered_in_the_form_of_every_version(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    client = await raw(session, endpoint, MQTT_3)
    await client.socket.send_bytes(bytes.fromhex("100c00064d514973647003020000"))
    assert await client.next() == Connack(1)


async def test_unread_connection_delays_no_other(session: aiohttp.ClientSession, endpoint: Endpoint) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    slow, _ = await connected(session, endpoint, name, client_id="ann-13")
    await slow.send(Subscribe(1, (TopicFilter("own/flood"),)))
    await slow.next()
    quick, _ = await connected(session, endpoint, name, client_id="ann-14")
    await quick.send(Subscribe(1, (TopicFilter("own/flood"),)))
    await quick.next()
    data, payload = endpoint.world.client("iot-data"), b"x" * 100_000
    for _ in range(30):  # aiohttp reads some of it ahead for the slow one, and then no more
        await asyncio.to_thread(data.publish, topic="own/flood", payload=payload)
        message = await quick.next()
        assert isinstance(message, Publish)
        assert message.payload == payload


def presigned(endpoint: Endpoint, service: str = "iotdevicegateway", secret: str = SECRET) -> str:
    """Return the endpoint's address, signed as the SDKs sign it."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = Credentials(endpoint.engine.credentials.access_key_id, secret)
    request = AWSRequest(method="GET", url=endpoint.address.websocket)
    SigV4QueryAuth(keys, service, endpoint.engine.region, expires=60).add_auth(request)
    return str(request.url)


async def test_signed_address_admits_the_account(session: aiohttp.ClientSession, endpoint: Endpoint) -> None:
    client = Raw(await session.ws_connect(presigned(endpoint), protocols=("mqtt",)), MQTT_3)
    await client.send(Connect(MQTT_3, "anybody"))
    assert isinstance(await client.next(), Connack)
    await client.send(Subscribe(1, (TopicFilter("any/#", 1),)))
    assert await client.next() == Suback(1, (1,))


@pytest.mark.parametrize("changes", [{"service": "iotdata"}, {"secret": "another"}])
async def test_invalid_signature_of_an_address_is_refused(
    session: aiohttp.ClientSession, endpoint: Endpoint, changes: dict[str, str]
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(presigned(endpoint, **changes), protocols=("mqtt",))
    assert caught.value.status == 403


async def test_connection_without_the_subprotocol_is_refused(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(endpoint.address.websocket)
    assert caught.value.status == 400
    async with session.get(f"{endpoint.address.http}/mqtt") as answer:
        assert answer.status == 426


async def test_data_plane_publishes_for_signed_callers(
    session: aiohttp.ClientSession, endpoint: Endpoint
) -> None:
    def client(secret: str) -> Any:
        return boto3.client(
            "iot-data",
            endpoint_url=endpoint.address.http,
            region_name=endpoint.engine.region,
            aws_access_key_id=endpoint.engine.credentials.access_key_id,
            aws_secret_access_key=secret,
        )

    await asyncio.to_thread(client(SECRET).publish, topic="own/kept", qos=1, retain=True, payload=b"kept")
    kept = await asyncio.to_thread(client(SECRET).get_retained_message, topic="own/kept")
    assert kept["payload"] == b"kept"
    with pytest.raises(client(SECRET).exceptions.ClientError, match="Forbidden"):
        await asyncio.to_thread(client("another").publish, topic="own/kept", payload=b"no")


async def test_data_plane_invokes_an_authorizer(session: aiohttp.ClientSession, endpoint: Endpoint) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    for topic, status in (("own/http", 200), ("other/http", 403)):
        url = f"{endpoint.address.http}/topics/{topic}?qos=1&{NAME}={name}"
        async with session.post(url, data=b"x") as answer:
            assert answer.status == status
    assert endpoint.events[-1]["protocols"] == ["tls", "http"]
    async with session.post(f"{endpoint.address.http}/topics/own/http", data=b"x") as answer:
        assert answer.status == 403


async def test_changed_authorizers_are_read_again(session: aiohttp.ClientSession, endpoint: Endpoint) -> None:
    name = endpoint.authorizer(lambda _event: granted())
    client, answer = await connected(session, endpoint, name, client_id="ann-15")
    assert isinstance(answer, Connack)
    endpoint.world.client("iot").update_authorizer(authorizerName=name, status="INACTIVE")
    endpoint.service.notify("iot")  # as the engine's feed tells
    await until(lambda: True)
    assert (await connected(session, endpoint, name, client_id="ann-16"))[1] == Connack(Reason.NOT_AUTHORIZED)
    await client.socket.close()


async def test_restarted_service_uses_the_stored_authorizers(endpoint: Endpoint) -> None:
    async def nobody(function: str, payload: bytes, *, limit: float | None = None) -> Result:
        raise AssertionError(function)

    endpoint.authorizer(lambda _event: granted())
    restarted = IotService(endpoint.engine, nobody)
    assert not restarted.in_use
    await restarted.look()
    await restarted.stop()
    assert restarted.in_use
