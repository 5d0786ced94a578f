"""OpenID Connect issuers: the keys that an issuer publishes, found by its discovery document and kept.

Source: "OpenID Connect Discovery 1.0", section 4, and "JSON Web Key", RFC 7517.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from localcloud.auth.tokens import ENGINE_TIMEOUT, JSON

DISCOVERY: Final = "/.well-known/openid-configuration"
_REFETCH_AFTER: Final = 5.0  # seconds: an unknown key id is a new key, or a guess
_RETRY_AFTER: Final = 1.0  # seconds: an issuer that is away must not hold up every request
_KEPT_SECONDS: Final = 900.0  # AppSync too reads keys again after a quarter of an hour
_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_USER_POOL: Final = re.compile(r"https://cognito-idp\.[\w-]+\.amazonaws\.com/([\w-]+)")
Jwk = dict[str, JSON]
log = logging.getLogger(__name__)


class IssuerUnreachable(Exception):
    """An issuer that does not publish its keys; the message says why."""


@dataclass
class _Issuer:
    name: str = ""
    keys: dict[str, Jwk] = field(default_factory=dict)
    fetched: float | None = None
    failed: float | None = None
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)


class IssuerKeys:
    """The JSON Web Keys of OpenID Connect issuers.

    Parameters
    ----------
    pools_at
        Where user pools' keys are: their issuers are AWS's own addresses, and the pools are not there.
    monotonic
        Returns the time that keys are kept by.
    """

    def __init__(self, pools_at: str = "", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pools_at = pools_at.rstrip("/")
        self._monotonic = monotonic
        self._issuers: dict[str, _Issuer] = {}

    async def key(self, issuer: str, key_id: str) -> tuple[str, Jwk] | None:
        """Return the issuer as it calls itself, and one of its keys; None when it has no such key.

        Raises
        ------
        IssuerUnreachable
            When it does not publish its keys. That is also written to the log.
        """
        entry = self._issuers.setdefault(issuer, _Issuer())
        if key_id not in entry.keys or self._older(entry.fetched, _KEPT_SECONDS):
            # Those who come while the first one is asking wait for its answer: else they would be refused.
            async with entry.fetching:
                if self._older(entry.fetched, _REFETCH_AFTER if key_id not in entry.keys else _KEPT_SECONDS):
                    await self._refresh(issuer, entry)
        if entry.fetched is None:
            raise IssuerUnreachable(issuer)
        jwk = entry.keys.get(key_id)
        return None if jwk is None else (entry.name, jwk)

    def _older(self, moment: float | None, seconds: float) -> bool:
        return moment is None or self._monotonic() - moment > seconds

    async def _refresh(self, issuer: str, entry: _Issuer) -> None:
        """Read an issuer's keys; where that fails, those that are known stay."""
        if entry.failed is not None and not self._older(entry.failed, _RETRY_AFTER):
            return
        try:
            entry.name, entry.keys = await self._fetch(issuer)
        except IssuerUnreachable as problem:
            entry.failed = self._monotonic()
            log.warning("OpenID Connect issuer %s: %s Callers with its tokens are refused.", issuer, problem)
        else:
            entry.fetched, entry.failed = self._monotonic(), None

    async def _fetch(self, issuer: str) -> tuple[str, dict[str, Jwk]]:
        pool = _USER_POOL.fullmatch(issuer) if self._pools_at else None
        try:
            timeout = _TIMEOUT if pool is None else ENGINE_TIMEOUT
            async with aiohttp.ClientSession(timeout=timeout) as session:
                if pool is None:
                    name, keys_url = await _discovered(session, issuer.rstrip("/") + DISCOVERY)
                else:
                    name, keys_url = issuer, f"{self._pools_at}/{pool[1]}/.well-known/jwks.json"
                keys = (await _document(session, keys_url)).get("keys")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            reason = str(problem) or "no answer in time"
            raise IssuerUnreachable(f"It cannot be reached ({reason}).") from None
        listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
        # AppSync asks for `kty` and `kid` in each of them.
        return name, {str(key["kid"]): key for key in listed if "kid" in key and "kty" in key}


def _allowed(url: str) -> bool:
    """Return whether an address is https; or http on this machine, which AppSync itself could not reach."""
    try:
        address = urlsplit(url)
        if address.scheme == "https":
            return bool(address.hostname)
        host = address.hostname or ""
        return address.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


async def _discovered(session: aiohttp.ClientSession, url: str) -> tuple[str, str]:
    """Return the issuer as it calls itself, and where its keys are."""
    about = await _document(session, url)
    name, keys_url = about.get("issuer"), about.get("jwks_uri")
    if not isinstance(name, str) or not isinstance(keys_url, str):
        raise IssuerUnreachable(f"{url} names no issuer or no jwks_uri.")
    return name, keys_url


async def _document(session: aiohttp.ClientSession, url: str) -> dict[str, JSON]:
    if not _allowed(url):
        raise IssuerUnreachable(f"{url} is neither https nor http on this machine.")
    async with session.get(url) as answer:
        text = await answer.text(errors="replace")
        if answer.status != 200:
            raise IssuerUnreachable(f"{url} answers {answer.status}.")
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise IssuerUnreachable(f"{url} answers no JSON object.")
    return document
