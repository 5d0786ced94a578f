"""CloudWatch's three protocols: CBOR (what SDKs speak today), JSON, and the query form.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, and botocore's model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from localcloud.encodings.cbor import dumps, loads
from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.patching import Response

_OPERATION: Final = re.compile(r"/operation/([^/?]+)")
# Members that are true or false; a form has text alone.
FLAGS: Final = frozenset({"ActionsEnabled", "ReturnData"})
_SPACE: Final = "http://monitoring.amazonaws.com/doc/2010-08-01/"


class CloudWatchRefused(Exception):
    """An error as the client gets it: a code, and CloudWatch's words."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class CloudWatchRequest:
    """A request: ``protocol`` is ``cbor``, ``json`` or ``query``."""

    operation: str
    protocol: str
    members: dict[str, Any]


def read(path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> CloudWatchRequest:
    """Read a request.

    Raises
    ------
    Refused
        The body is not what its protocol asks for.

    Examples
    --------
    >>> read("/", {}, b"Action=ListMetrics&Dimensions.member.1.Name=a", {}).members
    {'Dimensions': [{'Name': 'a'}]}
    """
    kind, target = headers.get("content-type", ""), headers.get("x-amz-target", "")
    in_path = _OPERATION.search(path)
    operation = target.rpartition(".")[2] or (in_path[1] if in_path else "")
    try:
        if "cbor" in kind or "cbor" in headers.get("smithy-protocol", ""):
            return CloudWatchRequest(operation, "cbor", dict(loads(body) if body else {}))
        if "json" in kind or target:
            return CloudWatchRequest(operation, "json", dict(json.loads(body or b"{}")))
    except (ValueError, TypeError) as error:
        raise CloudWatchRefused("SerializationException", f"The request cannot be read: {error}") from error
    pairs: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    for name, value in query.items():
        pairs.setdefault(name, value[0] if isinstance(value, list) else value)
    operation = operation or pairs.get("Action", "")
    return CloudWatchRequest(operation, "query", unfolded(pairs))


def unfolded(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a query form's names fold.

    Examples
    --------
    >>> unfolded({"A.member.2.B": "y", "A.member.1.B": "x", "C": "1", "Version": "2010-08-01"})
    {'A': [{'B': 'x'}, {'B': 'y'}], 'C': '1'}
    """
    tree: dict[str, Any] = {}
    for name, value in pairs.items():
        if name in {"Action", "Version"}:
            continue
        if name.rpartition(".")[2] in FLAGS:
            value = value == "true"  # noqa: PLW2901 - text is what it was written as
        at = tree
        *before, last = name.split(".")
        for part in before:
            inside = at.setdefault(part, {})
            if not isinstance(inside, dict):
                break
            at = inside
        else:
            at[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"member"} and isinstance(value["member"], dict):
        numbered = sorted(value["member"].items(), key=lambda item: int(item[0]) if item[0].isdigit() else 0)
        return [_listed(member) for _, member in numbered]
    return {name: _listed(member) for name, member in value.items()}


def moment(value: Any) -> float | None:
    """Return a timestamp of any protocol in seconds since 1970; None where there is none.

    Raises
    ------
    Refused

    Examples
    --------
    >>> moment("1970-01-01T00:01:00Z"), moment(60), moment(None)
    (60.0, 60.0, None)
    """
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    try:
        return float(value)
    except ValueError:
        pass
    try:
        read_ = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise CloudWatchRefused("InvalidParameterValue", f"{value} is not a timestamp") from error
    return (read_ if read_.tzinfo else read_.replace(tzinfo=UTC)).timestamp()


def number(value: Any) -> float:
    """Return a member that is a number, which the query form writes as text.

    Raises
    ------
    Refused

    Examples
    --------
    >>> number("1.5"), number(2)
    (1.5, 2.0)
    """
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise CloudWatchRefused("InvalidParameterValue", f"{value} is not a number") from error


def answer(request: CloudWatchRequest, members: dict[str, Any]) -> Response:
    """Write an answer. Timestamps in it are `datetime`; members that are None are left out."""
    if request.protocol == "cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return 200, headers, dumps(_plain(members, lambda at: at))
    if request.protocol == "json":
        plain = _plain(members, lambda at: at.timestamp())
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(plain).encode()
    name = request.operation
    inside = f"<{name}Result>{_xml(members)}</{name}Result>"
    metadata = f"<ResponseMetadata><RequestId>{new_uuid()}</RequestId></ResponseMetadata>"
    body = f'<{name}Response xmlns="{_SPACE}">{inside}{metadata}</{name}Response>'
    return 200, {"Content-Type": "text/xml"}, body.encode()


def delegated(request: CloudWatchRequest) -> tuple[dict[str, str], bytes]:
    """Return a request's headers and body as MiniStack's own module reads them: in JSON."""
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": f"GraniteServiceVersion20100801.{request.operation}",
    }
    return headers, json.dumps(_plain(request.members, lambda at: at.timestamp())).encode()


def response_of(request: CloudWatchRequest, response: Response) -> Response:
    """Write what MiniStack's module answered in JSON in the protocol of the request."""
    status, _, body = response
    document = json.loads(body or b"{}")
    if status != 200:
        code = str(document.get("__type", "InternalFailure"))
        return refusal(request, CloudWatchRefused(code, str(document.get("message", "")), status))
    return answer(request, {name: _stamped(name, value) for name, value in document.items()})


def _stamped(name: str, value: Any) -> Any:
    """Recognise timestamps, which are numbers in JSON, by their names."""
    if isinstance(value, dict):
        return {key: _stamped(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stamped(name, item) for item in value]
    if (name.endswith("Timestamp") or name == "LastModified") and not isinstance(value, bool):
        seconds = moment(value)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return value


def refusal(request: CloudWatchRequest, error: CloudWatchRefused) -> Response:
    """Write an error."""
    document = {"__type": error.code, "message": error.message}
    if request.protocol == "cbor":
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        # Error codes of the query form go on in a header, which botocore reads.
        headers["x-amzn-query-error"] = f"{error.code};Sender"
        return error.status, headers, dumps(document)
    if request.protocol == "json":
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": error.code}
        return error.status, headers, json.dumps(document).encode()
    words = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    inside = f"<Error><Type>Sender</Type>{words}</Error><RequestId>{new_uuid()}</RequestId>"
    return (
        error.status,
        {"Content-Type": "text/xml"},
        f'<ErrorResponse xmlns="{_SPACE}">{inside}</ErrorResponse>'.encode(),
    )


def _plain(value: Any, stamped: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member, stamped) for name, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [_plain(member, stamped) for member in value]
    return stamped(value) if isinstance(value, datetime) else value


def _xml(value: Any) -> str:
    match value:
        case dict():
            return "".join(
                f"<{name}>{_xml(member)}</{name}>" for name, member in value.items() if member is not None
            )
        case list() | tuple():
            return "".join(f"<member>{_xml(member)}</member>" for member in value)
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return escape(str(value))
