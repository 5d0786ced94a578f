"""AWS IoT's custom authorizers as a control plane keeps them: created, described, changed, tested, deleted.

MiniStack has no such operation. Source: AWS IoT API reference, ``CreateAuthorizer`` and its neighbours.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

Record = dict[str, Any]
_NAME: Final = re.compile(r"[\w=,@-]{1,128}", re.ASCII)
_TOKEN_KEY: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_FUNCTION: Final = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(?::[\w$-]{1,128})?")
_STORED: Final = ("authorizerFunctionArn", "tokenKeyName", "tokenSigningPublicKeys", "status")
PAGE: Final = 25
_DEFAULT: Final = "default"


class AuthorizerError(Exception):
    """An answer that is an error: its code and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Authorizers:
    """The authorizers of whichever account and region a request is for.

    Parameters
    ----------
    store
        Records by name.
    defaults
        The default authorizer's name, under one key.
    arn
        Makes an authorizer's ARN of its name.
    """

    store: MutableMapping[str, Record]
    defaults: MutableMapping[str, str]
    arn: Callable[[str], str]
    now: Callable[[], float] = time.time

    def create(self, name: str, body: Record) -> Record:
        """Create an authorizer. Without a status it is inactive.

        Raises
        ------
        AuthorizerError
        """
        _demand_name(name)
        if name in self.store:
            raise AuthorizerError("ResourceAlreadyExistsException", f"Authorizer {name} already exists", 409)
        moment = self.now()
        record = {
            "authorizerName": name,
            "authorizerArn": self.arn(name),
            "status": "INACTIVE",
            **{key: body[key] for key in _STORED if body.get(key) is not None},
            "signingDisabled": bool(body.get("signingDisabled", False)),
            "enableCachingForHttp": bool(body.get("enableCachingForHttp", False)),
            "creationDate": moment,
            "lastModifiedDate": moment,
        }
        _demand_whole(record)
        self.store[name] = record
        return self._summary(name)

    def update(self, name: str, body: Record) -> Record:
        """Change what is named; whether tokens are signed stays as it was.

        Raises
        ------
        AuthorizerError
        """
        record = {**self._record(name), **{key: body[key] for key in _STORED if body.get(key) is not None}}
        if body.get("enableCachingForHttp") is not None:
            record["enableCachingForHttp"] = bool(body["enableCachingForHttp"])
        _demand_whole(record)
        self.store[name] = {**record, "lastModifiedDate": self.now()}
        return self._summary(name)

    def describe(self, name: str) -> Record:
        """Return an authorizer's description."""
        return {"authorizerDescription": dict(self._record(name))}

    def delete(self, name: str) -> Record:
        """Delete an authorizer, unless it is the default one."""
        self._record(name)
        if self.defaults.get(_DEFAULT) == name:
            raise AuthorizerError("DeleteConflictException", "The default authorizer cannot be deleted", 409)
        del self.store[name]
        return {}

    def page(self, query: dict[str, str]) -> Record:
        """Return a page of the names."""
        status = query.get("status")
        names = sorted(
            (name for name, record in self.store.items() if status in {None, record["status"]}),
            reverse=query.get("isAscendingOrder") != "true",
        )
        try:
            size, start = int(query.get("pageSize") or PAGE), int(query.get("marker") or 0)
        except ValueError:
            raise AuthorizerError("InvalidRequestException", "pageSize or marker is not valid") from None
        if not 1 <= size <= 250 or start < 0:
            raise AuthorizerError("InvalidRequestException", "pageSize must be between 1 and 250")
        summaries = [self._summary(name) for name in names[start : start + size]]
        more = {"nextMarker": str(start + size)} if start + size < len(names) else {}
        return {"authorizers": summaries, **more}

    def set_default(self, body: Record) -> Record:
        """Name the authorizer that is asked when a client names none."""
        name = str(body.get("authorizerName") or "")
        self._record(name)
        if self.defaults.get(_DEFAULT) not in {None, name}:
            raise AuthorizerError("ResourceAlreadyExistsException", "There is a default authorizer", 409)
        self.defaults[_DEFAULT] = name
        return self._summary(name)

    def default(self) -> Record:
        """Return the default authorizer's description."""
        if _DEFAULT not in self.defaults:
            raise AuthorizerError("ResourceNotFoundException", "There is no default authorizer", 404)
        return self.describe(self.defaults[_DEFAULT])

    def clear_default(self) -> Record:
        """Have no default authorizer."""
        if _DEFAULT not in self.defaults:
            raise AuthorizerError("ResourceNotFoundException", "There is no default authorizer", 404)
        del self.defaults[_DEFAULT]
        return {}

    def event(self, name: str, body: Record) -> tuple[str, Record]:
        """Return the function of an authorizer, and the event that a test invokes it with."""
        record = self._record(name)
        parts = {
            "tls": body.get("tlsContext"),
            "http": body.get("httpContext"),
            "mqtt": body.get("mqttContext"),
        }
        data = {protocol: part for protocol, part in parts.items() if part}
        token = {"token": body["token"]} if body.get("token") else {}
        return record["authorizerFunctionArn"], {
            **token,
            # Who tests may leave the signature out; it is not verified here.
            "signatureVerified": bool(body.get("tokenSignature")),
            "protocols": list(data),
            "protocolData": data,
            "connectionMetadata": {"id": f"test-{int(self.now())}"},
        }

    def _summary(self, name: str) -> Record:
        return {"authorizerName": name, "authorizerArn": self.arn(name)}

    def _record(self, name: str) -> Record:
        record = self.store.get(name)
        if record is None:
            raise AuthorizerError("ResourceNotFoundException", f"Authorizer {name} not found", 404)
        return record


def named_in(path: str) -> str:
    """Return the name that ``/authorizer/NAME`` or ``/authorizer/NAME/test`` speaks of."""
    return unquote(path.removeprefix("/authorizer/").removesuffix("/test"))


def _demand_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AuthorizerError("InvalidRequestException", "authorizerName must be 1 to 128 of \\w=,@-")


def _demand_whole(record: Record) -> None:
    """Demand that an authorizer has what it needs."""
    if not _FUNCTION.fullmatch(str(record.get("authorizerFunctionArn", ""))):
        raise AuthorizerError("InvalidRequestException", "authorizerFunctionArn is no function's ARN")
    if record["status"] not in {"ACTIVE", "INACTIVE"}:
        raise AuthorizerError("InvalidRequestException", "status must be ACTIVE or INACTIVE")
    key, keys = record.get("tokenKeyName"), record.get("tokenSigningPublicKeys")
    if key is not None and not _TOKEN_KEY.fullmatch(str(key)):
        raise AuthorizerError("InvalidRequestException", "tokenKeyName must be 1 to 128 of a-zA-Z0-9_-")
    if record["signingDisabled"]:
        return
    if not key or not keys:
        raise AuthorizerError(
            "InvalidRequestException",
            "tokenKeyName and tokenSigningPublicKeys are needed unless signing is disabled",
        )
    for name, pem in keys.items():
        if "BEGIN PUBLIC KEY" not in str(pem):
            raise AuthorizerError("InvalidRequestException", f"The public key {name} is no PEM")
