"""The roles that tasks call services in, held against their policies."""

from __future__ import annotations

from localcloud.engine.gate import EngineGate
from localcloud.states.integrations import CallRefused, acting_role


class Roles:
    """Checks the calls of one account in one region."""

    def __init__(self, gate: EngineGate, account: str, region: str) -> None:
        self._gate, self._account, self._region = gate, account, region

    def check(self, service: str, operation: str, body: bytes, method: str, path: str) -> None:
        """Check a call against the policies of its role.

        Raises
        ------
        CallRefused
            They do not allow it.
        """
        iam, role = self._gate.iam, acting_role()
        if iam is None or not role:
            return
        plain, _, query = path.partition("?")
        call = iam.guard.call(service, operation, self._account, self._region, body, method, plain, query)
        refusal = iam.role(role, call)
        if refusal is not None:
            self._gate.meter.refused(f"{service}.{operation}")
            raise CallRefused(refusal.code, refusal.message, refusal.status)
