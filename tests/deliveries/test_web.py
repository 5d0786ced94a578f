"""Messages over HTTP: the request, and what answers, silence and nonsense mean."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from localcloud.deliveries.endpoints import parse_endpoint
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Unavailable, Unreachable
from localcloud.deliveries.web import Head, Web, judge
from tests.deliveries.tls import self_signed

HEADERS = Head("Notification", "m", "arn:topic", "arn:subscription", "text/plain; charset=UTF-8").headers()


@asynccontextmanager
async def answering(
    answer: bytes | None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, Callable[[], bytes]]]:
    """Serve one raw answer to everybody; None says nothing and keeps the connection."""
    requests: list[bytes] = []
    over = asyncio.Event()
    serving: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.append(task)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        requests.append(head + await reader.readexactly(length))
        if answer is None:
            await over.wait()
        else:
            writer.write(answer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", lambda: requests[-1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*serving, return_exceptions=True)


async def test_answer_to_head_has_no_body() -> None:
    async with answering(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n") as (url, request):
        answer = await Web().exchange("HEAD", f"{url}/hook", {}, b"")
        assert (answer.status, answer.body) == (204, b"")
        assert request().startswith(b"HEAD /hook HTTP/1.1\r\n")
    async with answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n") as (url, _):
        assert (await Web().exchange("HEAD", url, {}, b"")).status == 404


async def test_message_is_one_post_with_the_headers_of_sns() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (url, request):
        outcome = await Web().post(url.replace("http://", "http://us:er%3A@") + "/a b?c=d", HEADERS, b"body")
        assert outcome == Delivered()
        head, _, body = request().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a%20b?c=d HTTP/1.1"
    assert lines[1:6] == [
        "x-amz-sns-message-type: Notification",
        "x-amz-sns-message-id: m",
        "x-amz-sns-topic-arn: arn:topic",
        "x-amz-sns-subscription-arn: arn:subscription",
        "Content-Type: text/plain; charset=UTF-8",
    ]
    assert "User-Agent: Amazon Simple Notification Service Agent" in lines
    assert "Authorization: Basic dXM6ZXI6" in lines
    assert f"Host: {url.removeprefix('http://')}" in lines
    assert body == b"body"


@pytest.mark.parametrize(
    "answer", [b"", b"no http\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_malformed_answer_is_retried(answer: bytes) -> None:
    async with answering(answer) as (url, _):
        assert isinstance(await Web().post(url, HEADERS, b"x"), Unavailable)


async def test_silent_endpoint_is_retried() -> None:
    async with answering(None) as (url, _):
        outcome = await Web(seconds=0.05).post(url, HEADERS, b"x")
    assert outcome == Unavailable("the endpoint did not answer within 0.05 s")


async def test_post_to_a_closed_port_is_unreachable() -> None:
    async with answering(b"") as (url, _):
        pass
    assert isinstance(await Web().post(url, HEADERS, b"x"), Unreachable)


async def test_tls_endpoint_needs_a_trusted_certificate(tmp_path: Path) -> None:
    pem = self_signed(tmp_path, "localhost")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with answering(answer, server_side) as (url, request):
        address = url.replace("http://127.0.0.1", "https://localhost")
        assert isinstance(await Web().post(address, HEADERS, b"x"), Unavailable)
        trusting = Web(trust=ssl.create_default_context(cafile=str(pem)))
        assert await trusting.post(address, HEADERS, b"secret") == Delivered()
        assert request().endswith(b"secret")


async def test_endpoint_without_tls_is_retried() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (url, _):
        outcome = await Web(seconds=0.2).post(url.replace("http", "https"), HEADERS, b"x")
    assert isinstance(outcome, Unavailable)


async def test_endless_answer_is_cut_off() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (2 * 1024 * 1024)
    async with answering(endless) as (url, _):
        assert isinstance(await Web().post(url, HEADERS, b"x"), Unavailable)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:3000/hook", True),
        ("http://[::1]/hook", True),
        ("https://hooks.localhost/", True),
        ("https://hooks.example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.com/", False),
    ],
)
async def test_delivery_to_another_machine_is_refused(address: str, here: bool) -> None:
    assert parse_endpoint(address).here is here
    if not here:
        outcome = await Web().post(address, HEADERS, b"x")
        assert isinstance(outcome, DeliveryRefused) and "is not on this machine" in outcome.reason


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Delivered),
        (204, Delivered),
        (302, DeliveryRefused),
        (400, DeliveryRefused),
        (404, DeliveryRefused),
        (410, DeliveryRefused),
    ]
    + [(429, Unavailable), (500, Unavailable), (503, Unavailable), (599, Unavailable)],
)
def test_status_decides_on_a_retry(status: int, kind: type) -> None:
    assert isinstance(judge(status), kind)


def test_secret_in_an_address_is_not_shown() -> None:
    assert str(parse_endpoint("https://user:secret@example.com:8443/hook?key=1")) == (
        "https://example.com:8443/hook"
    )


@pytest.mark.parametrize("address", ["ftp://example.com", "http://", "example.com", "http://[::1"])
def test_address_of_another_scheme_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        parse_endpoint(address)
