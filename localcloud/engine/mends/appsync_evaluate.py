"""AppSync: EvaluateCode and EvaluateMappingTemplate run where resolvers run, in the data plane."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import urllib3

from localcloud.engine.ministack.appsync import AppSync, appsync
from localcloud.engine.patching import Context, Function, Response, mend

ROUTES = {
    "/v1/dataplane-evaluatecode": "evaluate-code",
    "/v1/dataplane-evaluatetemplate": "evaluate-template",
}


@mend("appsync.evaluate")
def evaluations_reach_the_data_plane(context: Context) -> None:
    """Hand EvaluateCode and EvaluateMappingTemplate to the data plane.

    AWS evaluates code and templates with what it runs resolvers with. MiniStack knows no templates,
    runs code in a Node.js that it may not find, and gives neither codeErrors, stash nor outErrors.
    """
    # Code may take its two seconds.
    pool = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(15))

    def forward(route: str, body: bytes) -> Response:
        refused: Response
        try:
            answer = pool.request(
                "POST",
                f"{context.settings.control_url}/{route}",
                body=body,
                headers={"Content-Type": "application/json"},
            )
            document = answer.json()
            if answer.status == 200:
                return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()
            problem = document["errors"][0]
            refused = appsync.error_response_json(problem["errorType"], problem["message"], answer.status)
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError, IndexError) as error:
            message = f"the AppSync data plane did not evaluate: {error!r}"
            refused = appsync.error_response_json("InternalFailureException", message, 500)
        return refused

    @AppSync.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, path: str, headers: Any, body: Any, query: Any) -> Response:
            route = ROUTES.get(path) if method == "POST" else None
            if route is not None:
                return await asyncio.to_thread(forward, route, body or b"{}")
            response: Response = await before(method, path, headers, body, query)
            return response

        return handle
