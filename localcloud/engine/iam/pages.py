"""``/_localcloud/iam``: the report, and decisions for the local cloud's other process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from localcloud.engine.iam.guard import Guard, Mode
from localcloud.engine.iam.identities import Identity, role_identity, service_identity
from localcloud.engine.iam.policies import UnknownRole
from localcloud.engine.iam.review import Review
from localcloud.iam.actions import Need
from localcloud.iam.documents import Policy
from localcloud.iam.report import Json, role_report

PageReply = tuple[int, bytes]


class IamPages:
    """Answers for a guard."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def answer(self, method: str, body: bytes) -> PageReply:
        """Return the report, or a decision."""
        if method == "GET":
            return self.report()
        if method == "DELETE":
            self._guard.ledger.roles.clear()
            return self.report()
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        fields: dict[str, object] = document if isinstance(document, dict) else {}
        if fields.get("review"):
            Review(self._guard).run()
            return 200, b'{"reviewed":true}'
        return self._set_mode(fields) if method == "PUT" else self.decide(fields)

    def _set_mode(self, document: Mapping[str, object]) -> PageReply:
        modes: dict[object, Mode] = {"warn": "warn", "enforce": "enforce"}
        mode = modes.get(document.get("mode"))
        if mode is None:
            return 400, b'{"message":"iam takes {"mode": "warn"} or {"mode": "enforce"}"}'
        self._guard.mode = mode
        self._guard.forget()
        return self.report()

    def report(self) -> PageReply:
        """Return what each role used, lacked and never used, by the role's ARN."""
        roles: dict[str, Json] = {}
        for role, use in sorted(self._guard.ledger.roles.items()):
            if ":iam:" not in role:
                continue  # a service that acts for a resource
            roles[role] = {**role_report(use, self._policies(role))}
        return 200, json.dumps({"mode": self._guard.mode, "roles": roles}, indent=2).encode()

    def _policies(self, role: str) -> list[Policy]:
        with suppress(UnknownRole, IndexError):
            if ":role/" in role:
                return self._guard.policies.of_identity(role_identity(role, "report"))
        return []

    def decide(self, document: Mapping[str, object]) -> PageReply:
        """Decide on an action and a resource, of a role's session or of a service that acts for a source."""
        identity = self._identity(document)
        action, resource = document.get("action"), document.get("resource")
        if identity is None or not isinstance(action, str) or not isinstance(resource, str):
            return 400, b'{"message":"expected a role or a service, an action and a resource"}'
        context = document.get("context")
        extra = {str(k).lower(): str(v) for k, v in context.items()} if isinstance(context, dict) else None
        service = str(document.get("api") or action.partition(":")[0])
        region = str(document.get("region") or "")
        denied = self._guard.decide_in(identity, Need(action, resource), service, region, extra)
        if denied is None:
            return 200, b'{"allowed":true}'
        refusal = {"code": denied.code, "status": denied.status, "message": denied.message}
        return 200, json.dumps({"allowed": False, **refusal}).encode()

    def _identity(self, document: Mapping[str, object]) -> Identity | None:
        role, service = document.get("role"), document.get("service")
        if isinstance(role, str) and role.count(":") >= 5:
            return role_identity(
                self._guard.policies.role_arn(role), str(document.get("session") or "session")
            )
        if isinstance(service, str) and service:
            return service_identity(service, str(document.get("source") or ""), self._guard.account)
        return None
