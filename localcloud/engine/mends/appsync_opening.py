"""AppSync: APIs of either kind are opened by our data plane as they are created, and closed as they go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from localcloud.engine.mends.control import ControlPlane
from localcloud.engine.ministack.appsync import AppSync
from localcloud.engine.ministack.appsync_events import AppSyncEvents
from localcloud.engine.ministack.concurrency import concurrency
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.stacks import Stacks
from localcloud.engine.patching import Function, Response


class Opening:
    """What the mends of GraphQL APIs and of Event APIs share.

    Parameters
    ----------
    module
        MiniStack's, for the APIs of this kind.
    control
        The data plane that serves them.
    """

    def __init__(self, module: AppSync | AppSyncEvents, control: ControlPlane) -> None:
        self._module = module
        self._control = control

    def answer_created(
        self,
        entrance: Patch[Any],
        path: str,
        member: str,
        opened: Callable[[str], None],
        answer: Callable[[str], Response],
    ) -> None:
        """Have requests that create an API open it, and answer with its addresses.

        Parameters
        ----------
        entrance
            The function of MiniStack's that takes requests.
        path, member
            Where APIs are created, and what holds one in the answer.
        opened
            Opens an API by its id. Raises ValueError where the data plane does not, and forgets the API.
        """
        module = self._module

        @entrance.wrap
        def _(before: Function) -> Function:
            async def handle(method: str, requested: str, *rest: Any) -> Response:
                response: Response = await before(method, requested, *rest)
                if method != "POST" or requested.rstrip("/") != path or response[0] != 200:
                    return response
                api_id = json.loads(response[2])[member]["apiId"]
                try:
                    await asyncio.to_thread(opened, api_id)
                except ValueError as error:
                    refusal: Response = module.error_response_json(
                        "InternalFailureException", str(error), 500
                    )
                    return refusal
                return answer(api_id)

            return handle

    def close_deleted(self, deletion: Patch[Callable[[str], Response]]) -> None:
        """Have the data plane close an API that MiniStack's function deletes."""
        spawn = concurrency.spawn_background

        @deletion.wrap
        def _(before: Function) -> Function:
            def delete(api_id: str) -> Response:
                response: Response = before(api_id)
                if response[0] == 200:
                    spawn(self._control.close, api_id, thread_name="appsync-control")
                return response

            return delete


def create_on_a_thread(kind: str) -> None:
    """Have CloudFormation create resources of a type on a thread: the data plane is called meanwhile."""

    @Stacks.runs_on_worker_thread.wrap
    def _(before: Function) -> Function:
        return lambda resource_type: resource_type == kind or before(resource_type)
