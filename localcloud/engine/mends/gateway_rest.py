"""API Gateway's REST APIs: what PATCH changes, and what a deployment needs."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.apigateway_v1 import RestAPIs, apigateway_v1
from localcloud.engine.patching import Context, Function, Record, Response, mend

LARGEST = 10_485_760  # bytes: no body is compressed above this, so AWS takes no larger limit
LISTS = ("binaryMediaTypes", "endpointConfiguration/types")


def refused(message: str, code: str = "BadRequestException", status: int = 400) -> Response:
    """Return an error of API Gateway's."""
    answer: Response = apigateway_v1.v1_error(code, message, status)
    return answer


def _change(items: list[Any], token: str, operation: Record) -> list[Any]:
    """Apply an operation that names an item of a list, as AWS's patches do, by the item itself."""
    item = token.replace("~1", "/").replace("~0", "~")
    match operation.get("op"):
        case "add":
            return [*items, item] if item not in items else items
        case "remove":
            return [member for member in items if member != item]
        case _:
            return [operation.get("value") if member == item else member for member in items]


@mend("gateway.rest_patches")
def patches_keep_their_types(context: Context) -> None:
    """Let UpdateRestApi keep numbers as numbers, flags as flags and lists as lists.

    A patch's values are text. AWS reads ``/minimumCompressionSize`` as a number, or none when empty
    (``chalice deploy`` sends that), and takes ``/binaryMediaTypes/image~1png`` for the list's item.
    MiniStack stores the text, which no SDK can read back, and makes an object of the list.
    """

    def located(api: Record, path: str) -> tuple[Record, str]:
        *folders, last = path.split("/")
        for folder in folders:
            api = api[folder]
        return api, last

    @RestAPIs.update_rest_api.wrap
    def _(before: Function) -> Function:
        def update(api_id: str, data: Record) -> Response:
            api: Any = apigateway_v1.rest_apis.get(api_id)
            remaining = []
            for operation in data.get("patchOperations", []) if api else []:
                path = str(operation.get("path", "")).strip("/")
                value = operation.get("value")
                of_list = next((name for name in LISTS if path.startswith(f"{name}/")), None)
                if of_list:
                    holder, name = located(api, of_list)
                    holder[name] = _change(holder.get(name) or [], path[len(of_list) + 1 :], operation)
                elif path == "minimumCompressionSize":
                    if value in {None, ""} or operation.get("op") == "remove":
                        api[path] = None
                    elif not str(value).isdecimal() or int(value) > LARGEST:
                        return refused(
                            "Invalid minimum compression size, must be between 0 and 10485760 or null"
                        )
                    else:
                        api[path] = int(value)
                elif path == "disableExecuteApiEndpoint":
                    api[path] = str(value).lower() == "true"
                else:
                    remaining.append(operation)
            response: Response = before(api_id, {**data, "patchOperations": remaining})
            return response

        return update


@mend("gateway.rest_deployments")
def deployments_have_something_to_deploy(context: Context) -> None:
    """Refuse to deploy a REST API without methods, or with one that has no integration.

    AWS does, which is how a template whose Deployment depends on none of the methods fails.
    MiniStack deploys anything.
    """

    @RestAPIs.create_deployment.wrap
    def _(before: Function) -> Function:
        def create(api_id: str, data: Record) -> Response:
            resources = apigateway_v1.resources.get(api_id)
            if resources is not None:
                methods = [
                    method
                    for resource in resources.values()
                    for method in resource["resourceMethods"].values()
                ]
                if not methods:
                    return refused("The REST API doesn't contain any methods")
                if not all(method.get("methodIntegration") for method in methods):
                    return refused("No integration defined for method")
            response: Response = before(api_id, data)
            return response

        return create
