"""Functions that data sources invoke, each with the role of its data source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from localcloud.auth.permissions import Permissions, Question
from localcloud.functions.errors import InvokeRefused

if TYPE_CHECKING:
    from localcloud.appsync.datasources.lambda_function import Invoker
    from localcloud.functions.model import InvokeResult

SESSION: Final = "APPSYNC_ASSUME_ROLE"
"""The name of the sessions that AppSync acts in."""


class RoleInvoker:
    """Invokes functions where a role may.

    Parameters
    ----------
    role
        Its ARN.
    """

    def __init__(self, functions: Invoker, permissions: Permissions, role: str) -> None:
        self._functions, self._permissions, self._role = functions, permissions, role

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        """Run a function.

        Raises
        ------
        InvokeRefused
            The role may not.
        """
        question = Question("lambda:InvokeFunction", function, role=self._role, session=SESSION)
        refused = await self._permissions.refusal(question)
        if refused is not None:
            raise InvokeRefused(refused.code, refused.message)
        return await self._functions.invoke(function, payload, asynchronous=asynchronous, limit=limit)
