"""The pool's keys: when they are fetched, and what comes of an answer that holds none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orders.adapters.pool_tokens import REFETCH_AFTER, PoolTokens
from orders.caller import Caller
from orders.errors import ConfigurationError, TryAgain
from orders.model import CustomerId
from orders.tokens import JSON, TokenRefused
from tests.orders.test_tokens import CLAIMS, CLIENT, ISSUER, KEY, NOW, OTHER, jwks, signed

AT = datetime.fromtimestamp(NOW, UTC)


class Pool:
    """A pool whose keys change or cannot be had, and a clock."""

    def __init__(self) -> None:
        self.keys: JSON = jwks(("one", KEY))
        self.broken: Exception | None = None
        self.fetches = 0
        self.seconds = 0.0
        self.tokens = PoolTokens(ISSUER, CLIENT, "https://keys", load=self.load, clock=lambda: self.seconds)

    def load(self, url: str) -> JSON:
        assert url == "https://keys"
        self.fetches += 1
        if self.broken is not None:
            raise self.broken
        return self.keys


@pytest.fixture
def pool() -> Pool:
    return Pool()


def test_keys_are_fetched_once_and_again_for_an_unknown_key_within_limits(pool: Pool) -> None:
    for _ in range(3):
        assert pool.tokens.person(signed(CLAIMS), AT).customer_id == "ada-1"
    renewed = signed(CLAIMS, OTHER, kid="two")
    for _ in range(3):
        with pytest.raises(TokenRefused):
            pool.tokens.person(renewed, AT)
    assert pool.fetches == 1
    pool.keys = jwks(("two", OTHER))
    pool.seconds += REFETCH_AFTER + 1
    assert pool.tokens.person(renewed, AT).customer_id == "ada-1"
    assert pool.fetches == 2


def test_key_of_another_kind_verifies_nothing(pool: Pool) -> None:
    with pytest.raises(TokenRefused):
        pool.tokens.person(signed(CLAIMS, kid="curve"), AT)


@pytest.mark.parametrize(
    ("groups", "is_staff"), [(["staff"], True), (["packers"], False), ("staff", False), (None, False)]
)
def test_caller_is_staff_by_the_exact_group(pool: Pool, groups: Any, is_staff: bool) -> None:
    token = signed({**CLAIMS, "cognito:groups": groups})
    assert pool.tokens.caller(token, AT) == Caller(CustomerId("ada-1"), is_staff)


def test_invalid_token_has_no_caller(pool: Pool) -> None:
    assert pool.tokens.caller(signed({**CLAIMS, "exp": NOW}), AT) is None
    assert pool.tokens.caller(signed(CLAIMS, OTHER), AT) is None
    assert pool.tokens.caller("", AT) is None


def test_unavailable_keys_are_no_fault_of_the_token_and_are_fetched_again(pool: Pool) -> None:
    pool.broken = OSError("no route")
    with pytest.raises(TryAgain):
        pool.tokens.caller(signed(CLAIMS), AT)
    pool.broken = ValueError("no JSON")
    with pytest.raises(ConfigurationError, match="no keys: no JSON"):
        pool.tokens.caller(signed(CLAIMS), AT)
    pool.broken, pool.keys = None, {"error": "none"}
    with pytest.raises(ConfigurationError, match="no keys"):
        pool.tokens.caller(signed(CLAIMS), AT)
    pool.keys = jwks(("one", KEY))
    assert pool.tokens.caller(signed(CLAIMS), AT) is not None
