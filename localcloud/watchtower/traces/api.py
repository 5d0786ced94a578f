"""X-Ray's API: its paths, and what each is answered by.

Source: https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from localcloud.watchtower.traces.documents import JSON, SegmentRefused, encode
from localcloud.watchtower.traces.groups import Groups
from localcloud.watchtower.traces.queries import Queries
from localcloud.watchtower.traces.requests import InvalidRequest, RequestFields
from localcloud.watchtower.traces.rules import Rules
from localcloud.watchtower.traces.store import TraceStore

MOST_SEGMENTS = 50  # in one PutTraceSegments


class XRayAnswer(NamedTuple):
    """An answer as X-Ray writes it; ``error`` names the error's class."""

    status: int
    body: bytes
    error: str = ""


Operation = Callable[[RequestFields], dict[str, JSON] | Awaitable[dict[str, JSON]]]


class XRayApi:
    """Answers X-Ray's operations from a store.

    Parameters
    ----------
    store
        Where documents are.
    rules, groups
        The account's.
    """

    def __init__(self, store: TraceStore, rules: Rules, groups: Groups) -> None:
        self._store = store
        self._tags: dict[str, dict[str, str]] = {}
        queries = Queries(store, groups)
        self._operations: dict[str, Operation] = {
            "/TraceSegments": self._put_segments,
            "/TelemetryRecords": lambda _request: {},
            "/TraceSummaries": queries.summaries,
            "/Traces": queries.traces,
            "/ServiceGraph": queries.graph,
            "/TraceGraph": queries.trace_graph,
            "/GetSamplingRules": rules.listed,
            "/SamplingTargets": rules.targets,
            "/CreateSamplingRule": rules.create,
            "/UpdateSamplingRule": rules.update,
            "/DeleteSamplingRule": rules.delete,
            "/Groups": groups.listed,
            "/GetGroup": groups.get,
            "/CreateGroup": groups.create,
            "/UpdateGroup": groups.update,
            "/DeleteGroup": groups.delete,
            "/EncryptionConfig": lambda _request: {"EncryptionConfig": {"Type": "NONE", "Status": "ACTIVE"}},
            "/ListTagsForResource": self._list_tags,
            "/TagResource": self._tag,
            "/UntagResource": self._untag,
        }

    async def answer(self, path: str, body: bytes) -> XRayAnswer:
        """Answer a request by its path."""
        operation = self._operations.get(path)
        if operation is None:
            return _error("UnknownOperationException", f"{path} is not served by the local X-Ray", 404)
        try:
            result = operation(RequestFields.read(body))
            document = result if isinstance(result, dict) else await result
        except InvalidRequest as error:
            return _error(error.code, error.message)
        return XRayAnswer(200, encode(document).encode())

    def _put_segments(self, request: RequestFields) -> dict[str, JSON]:
        texts = request.texts("TraceSegmentDocuments")
        if not texts:
            raise InvalidRequest("TraceSegmentDocuments must hold at least one document")
        if len(texts) > MOST_SEGMENTS:
            raise InvalidRequest(f"TraceSegmentDocuments: no more than {MOST_SEGMENTS} in one request")
        refused: list[JSON] = []
        for text in texts:
            try:
                self._store.put(text)
            except SegmentRefused as error:
                entry: dict[str, JSON] = {"ErrorCode": error.code, "Message": error.message}
                refused.append({"Id": error.segment_id, **entry} if error.segment_id else entry)
        return {"UnprocessedTraceSegments": refused}

    def _list_tags(self, request: RequestFields) -> dict[str, JSON]:
        tags = self._tags.get(request.text("ResourceARN"), {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tag(self, request: RequestFields) -> dict[str, JSON]:
        pairs = {tag.text("Key"): tag.text("Value") for tag in request.entries("Tags")}
        self._tags.setdefault(request.text("ResourceARN"), {}).update(pairs)
        return {}

    def _untag(self, request: RequestFields) -> dict[str, JSON]:
        tags = self._tags.get(request.text("ResourceARN"), {})
        for key in request.texts("TagKeys"):
            tags.pop(key, None)
        return {}


def _error(code: str, message: str, status: int = 400) -> XRayAnswer:
    return XRayAnswer(status, encode({"Message": message}).encode(), code)
