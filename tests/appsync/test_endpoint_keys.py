"""The user pools' keys: fetched once, however many ask at once, and again after a failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.auth.tokens import UserPoolKeys


class Engine:
    """Serves one pool's keys, when it is let."""

    def __init__(self) -> None:
        public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
        document = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        self._body = {"keys": [{**document, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        self.requests = 0
        self.failing = False
        self.open = asyncio.Event()
        self.endpoint = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        await self.open.wait()
        return web.Response(status=500) if self.failing else web.json_response(self._body)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    app = web.Application()
    app.router.add_get("/{pool}/.well-known/jwks.json", engine.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    engine.endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield engine
    await runner.cleanup()


async def test_concurrent_requests_share_one_fetch_of_the_key(engine: Engine) -> None:
    keys = UserPoolKeys(engine.endpoint)
    asking = [asyncio.create_task(keys.key("pool", "k1")) for _ in range(20)]
    while not engine.requests:
        await asyncio.sleep(0)
    engine.open.set()
    result = await asyncio.gather(*asking)
    assert [key.key_id for key in result if key is not None] == ["k1"] * 20
    assert engine.requests == 1


async def test_failed_fetch_of_keys_is_repeated(engine: Engine) -> None:
    keys = UserPoolKeys(engine.endpoint)
    engine.open.set()
    engine.failing = True
    assert await keys.key("pool", "k1") is None
    engine.failing = False
    assert await keys.key("pool", "k1") is not None


async def test_unknown_key_is_not_fetched_again_at_once(engine: Engine) -> None:
    keys = UserPoolKeys(engine.endpoint)
    engine.open.set()
    assert await keys.key("pool", "other") is None
    assert await keys.key("pool", "other") is None
    assert engine.requests == 1
