"""Any bytes at the HTTP endpoint: the server answers or closes, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.appsync.abuse import (
    QUICK,
    SLOW,
    Witness,
    answers,
    handshake,
    json_documents,
    post,
    raw,
    watched,
)
from tests.appsync.endpoint_support import API_KEY, Pool

VALID_BODY = json.dumps({"query": '{ message(id: "1") { id text } }', "variables": {}}).encode()
ANSWER = b'{"data":{"message":{"id":"1","text":"hello"}}}'


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    async with watched() as server:
        yield server


async def response_to(witness: Witness, *parts: bytes) -> list[tuple[int, bytes]]:
    """Return what the server answers to bytes, sent in parts; it must not be an internal failure."""
    async with raw(witness.up) as bare:
        for part in parts:
            await bare.send(part)
        responses = answers(await bare.rest())
    assert all(status != 500 and b"InternalFailure" not in body for status, body in responses), responses
    await witness.hears()
    return responses


# Any bytes -------------------------------------------------------------------------------------------------

whole = post(VALID_BODY)
opening = handshake(key="dGhlIHNhbXBsZSBub25jZQ==")
words = st.sampled_from(
    [
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b" ",
        b": ",
        b"HTTP/1.1",
        b"GET ",
        b"0\r\n",
        b"ffffffffffffffff\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        b"Upgrade: h2c\r\n",
        b"Expect: 100-continue\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        whole,
        opening,
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a good request or handshake, with a few places of it changed."""
    data = draw(st.sampled_from([whole, whole + whole, opening]))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(begin + 8, len(data))))
        data = data[:begin] + draw(words | st.binary(max_size=8)) + data[end:]
    return data


any_bytes = st.one_of(
    st.binary(max_size=400),
    st.lists(words | st.binary(max_size=20), max_size=12).map(b"".join),
    damaged(),
)


async def check_any_bytes(witness: Witness, data: bytes, cut: int) -> None:
    cut %= len(data) + 1
    await response_to(witness, data[:cut], data[cut:])


@QUICK
@given(data=any_bytes, cut=st.integers(0, 1000))
async def test_any_bytes_are_answered_or_refused(witness: Witness, data: bytes, cut: int) -> None:
    await check_any_bytes(witness, data, cut)


@pytest.mark.slow
@SLOW
@given(data=any_bytes, cut=st.integers(0, 1000))
async def test_many_random_bytes_are_answered_or_refused(witness: Witness, data: bytes, cut: int) -> None:
    await check_any_bytes(witness, data, cut)


# Any body --------------------------------------------------------------------------------------------------

queries = st.sampled_from(
    [
        "{ message(id: 1) { id } }",
        "query Q($id: ID!) { message(id: $id) { id mood at } }",
        "{ __schema { types { name } } }",
        "mutation { first second }",
        "subscription { onSay { id } }",
        "{ ...F } fragment F on Query { ...F }",
        "query A { broken { id } } query B { strict { id } }",
        "{ find(by: {id: 1, nested: {name: null}}) { id } }",
        '{ at(when: "x") }',
        "query ($x: Criteria!) { find(by: $x) { id } }",
        "{ messages(limit: 99999999999) { id } }",
        "{",
        "",
    ]
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "query": queries | st.text(max_size=30) | json_documents,
        "variables": st.dictionaries(st.sampled_from(["id", "x", "text"]), json_documents, max_size=2)
        | json_documents,
        "operationName": st.sampled_from(["Q", "A", "", None]) | json_documents,
        "extensions": json_documents,
    },
)
any_body = st.one_of(
    requests.map(lambda document: json.dumps(document).encode()),
    json_documents.map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=60),
    st.text(max_size=60).map(str.encode),
)


async def check_any_body(witness: Witness, body: bytes) -> None:
    ((status, text),) = await response_to(witness, post(body))
    document = json.loads(text)
    assert status in {200, 400}, document
    assert set(document) <= {"data", "errors"}
    assert document.get("errors") or "data" in document
    for error in document.get("errors", ()):
        assert isinstance(error["message"], str)


@QUICK
@given(body=any_body)
async def test_any_body_is_answered_or_refused(witness: Witness, body: bytes) -> None:
    await check_any_body(witness, body)


@pytest.mark.slow
@SLOW
@given(body=any_body)
async def test_many_random_bodies_are_answered_or_refused(witness: Witness, body: bytes) -> None:
    await check_any_body(witness, body)


# Any credential --------------------------------------------------------------------------------------------

SIGNED = "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature=" + "0" * 64
header_text = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40
)
any_credential = st.dictionaries(
    st.sampled_from(["Authorization", "x-api-key", "x-amz-date", "x-amz-security-token", "Cookie"]),
    st.one_of(
        header_text,
        header_text.map(lambda text: f"Bearer {text}"),
        st.sampled_from(
            [
                SIGNED.format("a/20261120/us-east-1/appsync/aws4_request", "host"),
                SIGNED.format("000000000000/x/x/x/x", ";;"),
                "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.eHg",
                "eyJhbGciOiJub25lIn0.e30.",
            ]
        ),
    ),
    max_size=4,
)


async def check_any_credential(witness: Witness, headers: dict[str, str]) -> None:
    lines = [f"{name}: {value}".encode("latin-1") for name, value in headers.items()]
    head = [b"POST /graphql HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(VALID_BODY), *lines]
    ((status, text),) = await response_to(witness, b"\r\n".join(head) + b"\r\n\r\n" + VALID_BODY)
    assert status in {401, 403}, text
    (error,) = json.loads(text)["errors"]
    assert set(error) == {"errorType", "message"}


@QUICK
@given(headers=any_credential)
async def test_any_credential_is_answered_or_refused(witness: Witness, headers: dict[str, str]) -> None:
    await check_any_credential(witness, headers)


@pytest.mark.slow
@SLOW
@given(headers=any_credential)
async def test_many_random_credentials_are_answered_or_refused(
    witness: Witness, headers: dict[str, str]
) -> None:
    await check_any_credential(witness, headers)


# Known trouble ---------------------------------------------------------------------------------------------


async def test_long_token_is_accepted(witness: Witness) -> None:
    token = witness.up.pool.token(padding="x" * 7000)
    assert len(token) > 7000
    body = {"query": "{ identity }"}
    status, answer = await witness.up.post(body, authorization=token)
    assert (status, json.loads(answer["data"]["identity"])["username"]) == (200, "ada")
    status, _ = await witness.up.post(body, authorization=Pool().token(padding="x" * 7000))
    assert status == 401


@pytest.mark.parametrize(
    "head",
    [
        b"X: " + b"x" * 2_000_000,
        b"X" * 2_000_000 + b": x",
        b"\r\n".join(b"X-%d: y" % number for number in range(40_000)),
        b"\r\n".join(b"X: y" for _ in range(100_000)),
    ],
    ids=["a long value", "a long name", "many names", "one name many times"],
)
async def test_huge_headers_are_refused(witness: Witness, head: bytes) -> None:
    result = await response_to(witness, post(VALID_BODY, head))
    # Refused, or cut off while it sent on: never served.
    assert [status for status, _ in result] in ([431], [400], [])


async def test_a_huge_target_is_refused(witness: Witness) -> None:
    result = await response_to(
        witness, b"GET /graphql?query=" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert [status for status, _ in result] in ([414], [431], [400], [])


async def test_a_body_over_the_limit_is_refused(witness: Witness) -> None:
    result = await response_to(witness, post(b'{"query": "' + b" " * 1_048_576 + b'"}'))
    assert [status for status, _ in result] in ([413], [])
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    result = await response_to(witness, head, *[chunk] * 32)
    assert [status for status, _ in result] in ([413], [])


CHUNKED = (
    f"POST /graphql HTTP/1.1\r\nHost: x\r\nx-api-key: {API_KEY}\r\nTransfer-Encoding: chunked\r\n\r\n"
).encode()


async def test_body_in_chunks_of_one_byte_is_read(witness: Witness) -> None:
    chunks = [b"1\r\n" + bytes([byte]) + b"\r\n" for byte in VALID_BODY]
    assert await response_to(witness, CHUNKED, *chunks, b"0\r\n\r\n") == [(200, ANSWER)]


@pytest.mark.parametrize(
    "rest", [b"", b"5", b"5\r\n", b'5\r\n{"q', b'5\r\n{"que\r\n', b"0\r\n", b"zz\r\n\r\n", b"-1\r\n"]
)
async def test_truncated_chunked_body_is_refused(witness: Witness, rest: bytes) -> None:
    result = await response_to(witness, CHUNKED + rest)
    assert [status for status, _ in result] in ([400], [])


async def test_body_shorter_than_its_content_length_is_refused(witness: Witness) -> None:
    for request in (whole[:-5], whole[:40], whole[: whole.index(b"\r\n\r\n")]):
        assert [status for status, _ in await response_to(witness, request)] in ([400], [])


async def test_two_content_lengths_are_refused(witness: Witness) -> None:
    # A proxy may believe another one than we do: nobody can tell such requests apart.
    for header in (b"Content-Length: 3", b"Transfer-Encoding: chunked"):
        result = await response_to(witness, post(VALID_BODY, header))
        assert all(status in {400, 401} for status, _ in result), result


async def test_pipelined_requests_are_answered_in_order(witness: Witness) -> None:
    assert await response_to(witness, whole * 50) == [(200, ANSWER)] * 50


async def test_clients_that_disconnect_early_leave_the_server_working(witness: Witness) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(raw(witness.up)) for _ in range(200)]
        for number, bare in enumerate(opened):
            await bare.send(whole[: number % len(whole)] if number % 3 else whole)
        await witness.hears()
        for number, bare in enumerate(opened):
            if number % 2:
                bare.reset()
        await witness.hears()
        # Those that stay may still come to their end.
        late = opened[2]
        await late.send(whole[2:])
        async with asyncio.timeout(60):
            assert await late.reader.readline() == b"HTTP/1.1 200 OK\r\n"
