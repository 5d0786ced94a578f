from __future__ import annotations

import asyncio

import pytest

from clients.auth import Credentials, TokenSource
from clients.errors import NotSignedIn, Unavailable
from tests.clients.conftest import ADA
from tests.clients.fake_appsync import FakeAppSync


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _source(server: FakeAppSync, credentials: Credentials = ADA, clock: Clock | None = None) -> TokenSource:
    return TokenSource(server.settings.cognito, "client", credentials, clock=clock or Clock())


async def test_concurrent_callers_share_one_sign_in(appsync: FakeAppSync) -> None:
    source = _source(appsync)
    tokens = await asyncio.gather(*(source.token() for _ in range(20)))
    assert len(set(tokens)) == 1
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH"]


async def test_token_is_renewed_before_it_expires(appsync: FakeAppSync) -> None:
    clock = Clock()
    source = _source(appsync, clock=clock)
    first = await source.token()
    clock.now += 3600 - 61
    assert await source.token() is first
    assert source.remaining(first) == 1
    clock.now += 1
    assert (await source.token()).value != first.value
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


async def test_short_lived_token_is_used_for_half_of_its_life(appsync: FakeAppSync) -> None:
    appsync.token_life = 10
    source = _source(appsync)
    assert source.remaining(await source.token()) == 5


async def test_refused_token_is_not_returned_again(appsync: FakeAppSync) -> None:
    source = _source(appsync)
    first = await source.token()
    second = await source.token(refused=first)
    assert second.value != first.value
    assert await source.token(refused=first) is second  # others were refused with the same old token


async def test_refused_refresh_falls_back_to_the_password(appsync: FakeAppSync) -> None:
    source = _source(appsync)
    first = await source.token()
    appsync.refuse_refresh = True
    assert (await source.token(refused=first)).value != first.value
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH", "USER_PASSWORD_AUTH"]


async def test_wrong_password_raises_not_signed_in_without_showing_it(appsync: FakeAppSync) -> None:
    with pytest.raises(NotSignedIn, match="Incorrect username or password") as caught:
        await _source(appsync, Credentials("ada", "guess")).token()
    assert "guess" not in repr(caught.value)


async def test_unavailable_cognito_raises_unavailable(appsync: FakeAppSync) -> None:
    appsync.down = True
    with pytest.raises(Unavailable, match="503"):
        await _source(appsync).token()


async def test_unreachable_address_raises_unavailable() -> None:
    source = TokenSource("http://127.0.0.1:9/", "client", ADA)
    with pytest.raises(Unavailable, match=r"does not answer at http://127\.0\.0\.1:9/"):
        await source.token()


async def test_secrets_are_missing_from_representations(appsync: FakeAppSync) -> None:
    token = await _source(appsync).token()
    assert token.value not in repr(token)
    assert "secret-ada" not in repr(ADA)
