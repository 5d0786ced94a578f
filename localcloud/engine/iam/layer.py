"""The guard at the endpoints of requests: what comes by HTTP, the usual way and the short one.

The guard itself, and all that it needs, comes with the first call of a role: a start makes none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from localcloud.engine.iam.settled import resources
from localcloud.engine.operations import OperationCall
from localcloud.engine.refusals import Refusal

if TYPE_CHECKING:
    from localcloud.engine.asgi import Scope
    from localcloud.engine.iam.guard import Guard
    from localcloud.engine.iam.identities import Identity
    from localcloud.iam.actions import ApiCall
    from localcloud.iam.wording import AccessDenied
    from localcloud.states.facade import StepFunctions

_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/[^/,]*/([^/,]+)/([^/,]+)/aws4_request")
_US: Final = "us-east-1"
# Changes of anything but data may change a policy.
_CONTROL: Final = ("iam", "cloudformation", "sts")
_POLICIES: Final = re.compile(r"Policy|Permission|SetQueueAttributes|SetTopicAttributes|^PUT$|^DELETE$")


class AuthorizationLayer:
    """Asks the guard for requests.

    Parameters
    ----------
    make
        Makes what decides.
    account
        Whose key is limited by nothing.
    changed
        Called when policies may have changed.
    """

    def __init__(
        self, make: Callable[[], Guard], account: str, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._make, self._account, self._changed = make, account, changed
        self._workflows: StepFunctions | None = None

    @cached_property
    def guard(self) -> Guard:
        """What decides."""
        guard = self._make()
        guard.lookups.workflows = self._workflows
        return guard

    def answer(self, method: str, body: bytes) -> tuple[int, bytes]:
        """Answer the page of IAM."""
        from localcloud.engine.iam.pages import IamPages  # noqa: PLC0415

        return IamPages(self.guard).answer(method, body)

    def knows(self, access_key_id: str) -> bool:
        """Say whether a request with this key can go the short way: its token has been read."""
        return access_key_id == self._account or self.guard.identities.exists(access_key_id)

    def account_of(self, access_key_id: str) -> str:
        """Return the account that a known key acts in, if it is a role's or a user's; else the key itself."""
        if access_key_id == self._account:
            return access_key_id
        identity = self.guard.identities.find(access_key_id)
        return access_key_id if identity is None else identity.caller.account

    def short(self, access_key_id: str, region: str, name: str, body: bytes) -> Refusal | None:
        """Return the refusal of a request that goes the short way."""
        if access_key_id == self._account:
            return None
        guard = self.guard
        identity = guard.identities.find(access_key_id)
        if identity is None:
            return None
        service, _, operation = name.partition(".")
        return self._remembered(
            identity, guard.call(service, operation, identity.caller.account, region, body)
        )

    def request(
        self, scope: Scope, call: OperationCall | None, body: bytes
    ) -> tuple[OperationCall, Refusal] | None:
        """Return the refusal of a request, with the call that it is."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in _headers(scope["headers"])
        }
        query = bytes(scope["query_string"]).decode("latin-1")
        signed, token = _signer(headers, query)
        if signed is None:
            return None
        access_key_id, region, service = signed
        name = call.operation if call is not None else str(scope["method"])
        if service in _CONTROL or _POLICIES.search(name) or "/policy" in scope["path"]:
            self.forget()
        # The account's own key, as most have it, needs no guard.
        identity = (
            None if access_key_id == self._account else self.guard.identities.find(access_key_id, token)
        )
        if identity is None:
            return None
        from localcloud.iam.actions import ApiCall  # noqa: PLC0415 - with the first call of a role

        raw = scope.get("raw_path") or str(scope["path"]).encode()
        api = ApiCall(
            (call.service if call is not None else service),
            name,
            identity.caller.account,
            region,
            body,
            method=str(scope["method"]),
            path=bytes(raw).partition(b"?")[0].decode("latin-1"),
            query=query,
            headers=headers,
        )
        refusal = self._refused(identity, api)
        if refusal is None:
            return None
        return call or OperationCall(service, name, body, "s3" if service == "s3" else "rest-json"), refusal

    def role(self, role: str, call: ApiCall) -> Refusal | None:
        """Return the refusal of a call that a service makes in a role that was passed to it."""
        identity = _acting(role)
        return None if identity is None else self._remembered(identity, call)

    def service(self, service: str, source: str, call: ApiCall) -> Refusal | None:
        """Return the refusal of a call that a service makes for a resource: policies of the called decide."""
        from localcloud.engine.iam.identities import service_identity  # noqa: PLC0415

        return self._refused(service_identity(service, source, self._account), call)

    def sends(self, service: str, source: str, queue: str) -> Refusal | None:
        """Return the refusal of a message that a service sends to a queue for a resource."""
        from localcloud.iam.actions import ApiCall  # noqa: PLC0415 - with the first call of a role

        region, account, name = queue.split(":", 5)[3:]
        body = json.dumps({"QueueUrl": f"http://localhost/{account}/{name}"}).encode()
        return self.service(service, source, ApiCall("sqs", "SendMessage", account, region, body))

    def attach(self, workflows: StepFunctions) -> None:
        """Ask Step Functions whose task a token is of."""
        self._workflows = workflows

    def forget(self) -> None:
        """Decide again on everything."""
        if "guard" in self.__dict__:
            self.guard.forget()
        self._changed()

    def _remembered(self, identity: Identity, call: ApiCall) -> Refusal | None:
        """Return the refusal of a call; one like it that has just passed is not decided again."""
        guard, what = self.guard, resources(call)
        if what is None:
            return self._refused(identity, call)
        key = (identity.key, call.service, call.operation, call.account, call.region, what)
        if guard.settled.get(key, 0.0) > guard.now():
            return None
        denied, until = guard.refusal_until(identity, call)
        if until is not None:
            if len(guard.settled) > 4096:
                guard.settled.clear()
            guard.settled[key] = until
        return _worded(denied)

    def _refused(self, identity: Identity, call: ApiCall) -> Refusal | None:
        return _worded(self.guard.refusal(identity, call))


def _worded(denied: AccessDenied | None) -> Refusal | None:
    return None if denied is None else Refusal(denied.status, denied.code, denied.message)


@lru_cache(maxsize=1024)
def _acting(role: str) -> Identity | None:
    """Return a role's session as services have it; None for what is no ARN, and so names no role."""
    from localcloud.engine.iam.identities import role_identity  # noqa: PLC0415

    # AWS makes a name up; here it is the role's own, so that decisions are remembered.
    session = hashlib.sha256(role.encode()).hexdigest()[:32]
    try:
        return role_identity(role, session)
    except IndexError:
        return None


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
    return ((name.lower(), value) for name, value in pairs)


def _signer(headers: dict[str, str], query: str) -> tuple[tuple[str, str, str] | None, str]:
    """Return access key, region and service of a signature, and the session's token."""
    credential = _CREDENTIAL.search(headers.get("authorization", ""))
    if credential is not None:
        return (credential[1], credential[2], credential[3]), headers.get("x-amz-security-token", "")
    if "X-Amz-Credential" not in query and "AWSAccessKeyId" not in query:
        return None, ""
    fields = parse_qs(query)
    token = fields.get("X-Amz-Security-Token", fields.get("x-amz-security-token", [""]))[0]
    parts = fields.get("X-Amz-Credential", [""])[0].split("/")
    if len(parts) == 5:
        return (parts[0], parts[2], parts[3]), token
    # An address of S3 with a signature of version 2 names no region.
    old = fields.get("AWSAccessKeyId", [""])[0]
    return ((old, _US, "s3") if old else None), token
