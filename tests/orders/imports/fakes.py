"""What imports need of the world, kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from orders.errors import FileReplaced, OrderwireError
from orders.imports.model import UNDER_WAY, Counts, Import, ImportId, RefusedLine
from orders.imports.ports import BatchResult, Form
from orders.model import CustomerId, OrderContents, OrderId, Timestamp
from orders.origins import ImportLine
from orders.ports import Position


class MemoryImports:
    def __init__(self) -> None:
        self.imports: dict[ImportId, Import] = {}
        self.counted: dict[tuple[ImportId, int], BatchResult] = {}
        self._files: dict[tuple[CustomerId, str], ImportId] = {}

    def create(self, new: Import) -> bool:
        if new.import_id in self.imports:
            return False
        self.imports[new.import_id] = new
        return True

    def load(self, import_id: ImportId) -> Import | None:
        return self.imports.get(import_id)

    def save(self, changed: Import, before: Import) -> bool:
        if self.imports[changed.import_id].version != before.version:
            return False
        self.imports[changed.import_id] = changed
        return True

    def listed(
        self, owner: CustomerId | None, *, limit: int, after: Position | None
    ) -> tuple[Sequence[Import], Position | None]:
        matching = [item for item in self.imports.values() if owner in (None, item.customer_id)]
        matching.sort(key=lambda item: (item.created_at, item.import_id), reverse=True)
        if after is not None:
            matching = [
                i for i in matching if (i.created_at, str(i.import_id)) < (after.created_at, after.order_id)
            ]
        page = matching[:limit]
        more = len(matching) > limit
        return page, Position(page[-1].created_at, OrderId(page[-1].import_id)) if more else None

    def refusals(self, import_id: ImportId, limit: int) -> Sequence[RefusedLine]:
        return [line for batch in self.batches(import_id) for line in batch.refused][:limit]

    def count(self, import_id: ImportId, run: str, batch: BatchResult, at: Timestamp) -> bool:
        state = self.imports[import_id]
        if (import_id, batch.first) in self.counted:
            return False
        if state.run != run or state.status not in UNDER_WAY:
            raise OrderwireError("not under way")
        self.counted[import_id, batch.first] = batch
        old, more = state.counts, batch.counts
        counts = Counts(
            old.accepted + more.accepted, old.repeated + more.repeated, old.refused + more.refused
        )
        self.imports[import_id] = replace(state, counts=counts, version=state.version + 1, updated_at=at)
        return True

    def batches(self, import_id: ImportId) -> Sequence[BatchResult]:
        return [batch for (of, _), batch in sorted(self.counted.items()) if of == import_id]

    def first_with(self, customer: CustomerId, digest: str, import_id: ImportId, until: int) -> ImportId:
        return self._files.setdefault((customer, digest), import_id)


class MemoryFiles:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}

    def read(self, key: str, etag: str | None = None) -> bytes:
        if etag is not None and self.etags[key] != etag:
            raise FileReplaced
        return self.objects[key]

    def write(self, key: str, body: bytes, content_type: str) -> None:
        self.objects[key] = body


class MemoryRuns:
    def __init__(self) -> None:
        self.started: dict[ImportId, Mapping[str, object]] = {}

    def start(self, import_id: ImportId, document: Mapping[str, object]) -> None:
        assert self.started.setdefault(import_id, document) == document


class MemoryOrders:
    """Orders that are recorded together; ``fails_after`` so many it fails, once."""

    def __init__(self) -> None:
        self.orders: dict[OrderId, OrderContents] = {}
        self.fails_after: int | None = None

    def record_all(self, orders: Sequence[OrderContents]) -> Sequence[OrderContents | None]:
        before: list[OrderContents | None] = []
        for index, contents in enumerate(orders):
            if index == self.fails_after:
                self.fails_after = None
                raise ConnectionError("DynamoDB is gone")
            before.append(self.orders.get(contents.order_id))
            self.orders.setdefault(contents.order_id, contents)
        return before

    def lines_of(self, order_ids: Sequence[OrderId]) -> Mapping[OrderId, ImportLine | None]:
        return {key: self.orders[key].imported for key in order_ids if key in self.orders}


class MemoryQueue:
    def __init__(self) -> None:
        self.ids: list[OrderId] = []
        self.delays: list[int] = []

    def put(self, order_ids: Sequence[OrderId], *, delay: int = 0) -> None:
        self.ids += order_ids
        self.delays.append(delay)

    def waiting(self) -> int:
        return len(self.ids)


class MemoryForms:
    def upload(self, key: str, size: int, *, seconds: int) -> Form:
        return Form("https://bucket", {"key": key, "size": str(size), "seconds": str(seconds)})

    def download(self, key: str, file_name: str, *, seconds: int) -> str:
        return f"https://bucket/{key}?{file_name}&{seconds}"


class MemoryChannel:
    def __init__(self) -> None:
        self.published: list[tuple[Import, list[RefusedLine]]] = []

    def publish(self, state: Import, refusals: Iterable[RefusedLine]) -> None:
        self.published.append((state, list(refusals)))
