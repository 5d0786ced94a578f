"""Gateway responses: what an API adds to the answers that API Gateway gives by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from localcloud.front.loading.common import Warn

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import GatewayResponseTypeDef

_HEADER = "gatewayresponse.header."


def refusal_headers(
    documents: Iterable[GatewayResponseTypeDef], name: str, warn: Warn
) -> Mapping[str, Mapping[str, str]]:
    """Return the headers that an API adds, by response type such as ``DEFAULT_4XX``.

    Examples
    --------
    >>> refusal_headers([{"responseType": "DEFAULT_4XX", "responseParameters": {
    ...     "gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}}], "orders", print)
    {'DEFAULT_4XX': {'Access-Control-Allow-Origin': '*'}}
    """
    added: dict[str, dict[str, str]] = {}
    for document in documents:
        kind = document.get("responseType", "")
        for parameter, value in (document.get("responseParameters") or {}).items():
            if parameter.startswith(_HEADER) and len(value) > 1 and value[0] == value[-1] == "'":
                added.setdefault(kind, {})[parameter.removeprefix(_HEADER)] = value[1:-1]
            else:
                warn(
                    f"REST API {name}: the response {kind} maps {parameter} from {value}, which has no effect"
                )
    return added
