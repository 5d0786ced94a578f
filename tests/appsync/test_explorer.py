"""GraphiQL at an API's address: what is served, to whom, and signatures for nobody but the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.appsync.explorer import files
from tests.appsync.endpoint_support import API_KEY, Running, running


def base(up: Running) -> str:
    return up.address.graphql.removesuffix("/graphql")


async def get(up: Running, path: str, **headers: str) -> tuple[int, Any, bytes]:
    request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    async with up.session.get(base(up) + path, headers=request_headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def sign(up: Running, document: Any, **headers: str) -> tuple[int, str]:
    request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    async with up.session.post(
        f"{base(up)}/_graphiql/sign", json=document, headers=request_headers
    ) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
        return answer.status, await answer.text()


async def test_explorer_page_loads_from_this_machine_alone() -> None:
    async with running() as up:
        status, headers, body = await get(up, "/")
        assert status == 200
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert b"http://" not in body and b"https://" not in body
        for part in ("page.js", "modes.js", "realtime.js", "page.css"):
            status, headers, _ = await get(up, f"/_graphiql/{part}")
            assert (status, headers["Content-Type"].split("/")[0]) == (200, "text")
        for path in ("/_graphiql/package.json", "/_graphiql/../package.json", "/_graphiql/"):
            assert (await get(up, path))[0] == 404
        assert (await get(up, "/", Host="evil.example"))[0] == 421
        assert (await get(up, "/_graphiql/api", Host="evil.example:80"))[0] == 421
        assert (await get(up, "/", Host=f"localhost:{base(up).rpartition(':')[2]}"))[0] == 200
        assert (await get(up, "/elsewhere"))[0] == 404
        async with up.session.post(f"{base(up)}/", data="{}") as answer:
            assert answer.status == 405


def test_explorer_page_says_what_to_install_without_its_packages(tmp_path: Path) -> None:
    page = files.page(tmp_path)
    assert b"python tools/graphiql.py" in page.body
    assert files.part("graphiql.js", tmp_path) is None


async def test_explorer_page_knows_its_api() -> None:
    async with running() as up:
        status, headers, body = await get(up, "/_graphiql/api", Sec_Fetch_Site="same-origin")
        document = json.loads(body)
        assert status == 200
        assert "Access-Control-Allow-Origin" not in headers
        assert [mode["type"] for mode in document["modes"]] == [
            "API_KEY",
            "AWS_IAM",
            "AMAZON_COGNITO_USER_POOLS",
        ]
        assert API_KEY in document["apiKeys"]
        assert document["name"] == "tests"
        assert document["introspection"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
        assert (await get(up, "/_graphiql/api", Sec_Fetch_Site="cross-site"))[0] == 404


async def test_explorer_page_alone_may_have_requests_signed() -> None:
    async with running() as up:
        body = json.dumps({"query": "{ forBackend }"})
        request = {"path": "/graphql", "body": body}
        status, text = await sign(up, request, Origin=base(up))
        assert status == 200
        async with up.session.post(
            up.address.graphql, data=body.encode(), headers=json.loads(text)
        ) as answer:
            assert answer.status == 200
            assert "errors" not in await answer.json()
        for origin in ("http://evil.example", "null", base(up).replace("127.0.0.1", "localhost"), ""):
            assert (await sign(up, request, Origin=origin))[0] == 403
        assert (await sign(up, request))[0] == 403
        rebound = {"Origin": "http://evil.example", "Host": "evil.example"}
        assert (await sign(up, request, **rebound))[0] == 421


@pytest.mark.parametrize(
    "document", [None, [], {}, {"path": "/", "body": ""}, {"path": "/graphql", "body": 1}]
)
async def test_explorer_signs_only_requests_to_the_api(document: Any) -> None:
    async with running() as up:
        assert await sign(up, document, Origin=base(up)) == (400, "Expected path and body.\n")
