"""An import from its upload to its report: what repeats, fails, is cancelled or comes too late."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from orders.caller import Caller
from orders.errors import ImportNotCancellable, ImportNotFound, InvalidImport
from orders.imports.batches import BatchImporter, Lines
from orders.imports.desk import ImportDesk
from orders.imports.finishing import Finisher
from orders.imports.model import (
    UPLOAD_GRACE,
    UPLOAD_SECONDS,
    Counts,
    Import,
    ImportFailure,
    ImportId,
    ImportStatus,
    prepared_key,
    report_key,
    upload_key,
)
from orders.imports.preparing import Preparation, Upload
from orders.imports.reporting import ImportTeller, ImportWrite
from tests.orders.fakes import FixedClock
from tests.orders.imports.fakes import (
    MemoryChannel,
    MemoryFiles,
    MemoryForms,
    MemoryImports,
    MemoryOrders,
    MemoryQueue,
    MemoryRuns,
)
from tests.orders.samples import ADA, GRACE

START = int(FixedClock().now().timestamp())
HEADER = "reference,currency,cardToken,sku,name,quantity,unitPrice\n"
ME, OTHER, STAFF = Caller(ADA), Caller(GRACE), Caller(GRACE, is_staff=True)


def rows(*references: str, quantity: object = 1) -> bytes:
    lines = "".join(f"{name},EUR,tok,TEA,Tea,{quantity},450\n" for name in references)
    return (HEADER + lines).encode()


@dataclass
class Place:
    """A shop that imports, all of it in memory; the state machine is this test."""

    store: MemoryImports = field(default_factory=MemoryImports)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    orders: MemoryOrders = field(default_factory=MemoryOrders)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.desk = ImportDesk(self.store, MemoryForms(), self.clock)
        self.preparation = Preparation(self.store, self.files, self.runs, self.clock, "bucket")
        self.importer = BatchImporter(self.store, self.orders, self.queue, self.clock, pace=30)
        self.finisher = Finisher(self.store, self.orders, self.files, self.clock, sleep=lambda _: None)

    def announce(self, data: bytes, caller: Caller = ME) -> ImportId:
        document = {"fileName": "orders.csv", "size": max(1, len(data))}
        return self.desk.create(document, caller).announced.import_id

    def upload(self, import_id: ImportId, data: bytes, etag: str = "one") -> Import | None:
        key = upload_key(self.store.imports[import_id].customer_id, import_id)
        self.files.objects[key], self.files.etags[key] = data, etag
        customer = self.store.imports[import_id].customer_id
        return self.preparation.prepare(Upload(customer, import_id, etag, START))

    def batches(self, import_id: ImportId, size: int = 2) -> list[Lines]:
        documents = [
            json.loads(line) for line in self.files.objects[prepared_key(ADA, import_id)].splitlines()
        ]
        return [
            Lines(import_id, ADA, "one", START, documents[start : start + size])
            for start in range(0, len(documents), size)
        ]

    def imported(self, data: bytes) -> Import:
        import_id = self.announce(data)
        self.upload(import_id, data)
        for lines in self.batches(import_id):
            self.importer.run(lines)
        return self.finish(import_id)

    def finish(self, import_id: ImportId) -> Import:
        ended = self.finisher.finish(import_id)
        assert ended is not None
        return ended

    def report(self, import_id: ImportId) -> list[tuple[str, str, str]]:
        text = self.files.objects[report_key(ADA, import_id)].decode()
        return [(row["line"], row["outcome"], row["code"]) for row in csv.DictReader(text.splitlines())]


def test_report_marks_each_line_as_accepted_repeated_or_refused() -> None:
    place = Place()
    ended = place.imported(rows("A1", "A2", "A1", "") + b"A3,EUR,tok,TEA,Tea,x,450\n")
    assert (ended.status, ended.lines, ended.counts) == (ImportStatus.COMPLETED, 5, Counts(2, 1, 2))
    assert place.report(ended.import_id) == [
        ("2", "accepted", ""),
        ("3", "accepted", ""),
        ("4", "repeated", ""),
        ("5", "refused", "REQUIRED"),
        ("6", "refused", "WRONG_TYPE"),
    ]
    assert place.queue.ids == list(place.orders.orders)
    assert [line.line for line in place.desk.refusals(ended)] == [5, 6]
    assert place.desk.report_url(ended) is not None


def test_repeated_file_repeats_all_lines_and_doubles_nothing() -> None:
    place = Place()
    first, second = place.imported(rows("A1", "A2")), place.imported(rows("A1", "A2"))
    assert (second.counts, second.duplicate_of) == (Counts(0, 2, 0), first.import_id)
    assert len(place.orders.orders) == len(place.queue.ids) == 2
    assert first.duplicate_of is None


def test_orders_of_a_large_file_are_paced() -> None:
    place = Place()
    data = rows(*(f"A{number}" for number in range(95)))
    import_id = place.announce(data)
    place.upload(import_id, data)
    for lines in place.batches(import_id, size=30):
        place.importer.run(lines)
    assert place.queue.delays == [0, 1, 1, 2, 2, 3, 3]
    place.clock.advance(2)
    late = place.batches(import_id, size=30)[-1]
    place.store.counted.clear()
    place.importer.run(late)
    assert place.queue.delays[-1] == 1


def test_pace_increases_for_a_file_beyond_the_delay_of_sqs() -> None:
    place = Place()
    place.importer = replace(place.importer, pace=1)
    data = rows(*(f"A{number}" for number in range(1801)))
    import_id = place.announce(data)
    place.upload(import_id, data)
    for lines in place.batches(import_id, size=100):
        place.importer.run(lines)
    # 1,801 lines in 900 s are three a second.
    assert max(place.queue.delays) == 600


def test_reference_with_other_contents_is_refused() -> None:
    place = Place()
    place.imported(rows("A1"))
    changed = place.imported(rows("A1", quantity=2))
    assert changed.counts == Counts(0, 0, 1)
    assert place.report(changed.import_id) == [("2", "refused", "REFERENCE_TAKEN")]


def test_interrupted_batch_is_processed_once_when_repeated() -> None:
    place = Place()
    data = rows("A1", "A2", "A1", "A3")
    import_id = place.announce(data)
    place.upload(import_id, data)
    [lines] = place.batches(import_id, size=4)
    place.orders.fails_after = 1
    with pytest.raises(ConnectionError):
        place.importer.run(lines)
    assert len(place.orders.orders) == 1
    for _ in range(2):
        result = place.importer.run(lines)
        assert result is not None
        assert result.counts == Counts(3, 1, 0)
    assert place.store.imports[import_id].counts == Counts(3, 1, 0)
    assert place.finish(import_id).counts == Counts(3, 1, 0)


def test_cancelled_import_keeps_accepted_orders_and_starts_no_more() -> None:
    place = Place()
    data = rows("A1", "A2", "A3", "A4", "A5", "A6")
    import_id = place.announce(data)
    place.upload(import_id, data)
    first, second, third = place.batches(import_id)
    place.importer.run(first)
    place.orders.fails_after = 1
    with pytest.raises(ConnectionError):
        place.importer.run(second)
    assert place.desk.cancel(import_id, ME).status is ImportStatus.CANCELLING
    assert place.importer.run(second) is None
    assert place.importer.run(third) is None
    ended = place.finish(import_id)
    # A3 was recorded by the batch that failed: it is accepted, and said to be.
    assert (ended.status, ended.counts) == (ImportStatus.CANCELLED, Counts(3, 0, 0))
    assert place.report(import_id)[2:4] == [("4", "accepted", ""), ("5", "not imported", "CANCELLED")]
    assert len(place.orders.orders) == 3
    assert place.desk.cancel(import_id, ME).status is ImportStatus.CANCELLED


def test_order_of_an_earlier_import_is_not_affected_by_a_cancellation() -> None:
    place = Place()
    place.imported(rows("A1"))
    data = rows("A1", "A2")
    import_id = place.announce(data)
    place.upload(import_id, data)
    place.desk.cancel(import_id, ME)
    assert place.finish(import_id).counts == Counts()
    assert {outcome for _, outcome, _ in place.report(import_id)} == {"not imported"}


def test_permanently_failing_batch_fails_the_import_and_the_report_names_its_lines() -> None:
    place = Place()
    data = rows("A1", "A2", "A3")
    import_id = place.announce(data)
    place.upload(import_id, data)
    place.importer.run(place.batches(import_id)[0])
    ended = place.finish(import_id)
    assert (ended.status, ended.reason) == (ImportStatus.FAILED, ImportFailure.INTERNAL_ERROR)
    assert (ended.counts, ended.detail) == (Counts(2, 0, 0), "1 lines were not imported, by a fault of ours")
    assert place.report(import_id)[2] == ("4", "not imported", "INTERNAL_ERROR")
    assert place.finish(import_id) == ended


def test_import_cancelled_after_its_last_line_is_complete() -> None:
    place = Place()
    data = rows("A1")
    import_id = place.announce(data)
    place.upload(import_id, data)
    place.importer.run(place.batches(import_id)[0])
    place.desk.cancel(import_id, ME)
    assert place.finish(import_id).status is ImportStatus.COMPLETED


def test_import_without_an_upload_is_cancelled_at_once_and_ignores_its_upload() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    assert place.desk.cancel(import_id, ME).status is ImportStatus.CANCELLED
    assert place.upload(import_id, rows("A1")) is None
    assert not place.runs.started


def test_second_upload_to_the_same_key_is_refused() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    place.upload(import_id, rows("A1"))
    before = place.store.imports[import_id]
    assert place.upload(import_id, rows("A2"), etag="two") is None
    assert place.store.imports[import_id] == before
    # The first one's event again, as after a time-out: nothing is begun twice.
    again = place.preparation.prepare(Upload(ADA, import_id, "two", START))
    assert again is None


def test_file_replaced_before_it_is_read_fails() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    key = upload_key(ADA, import_id)
    place.files.objects[key], place.files.etags[key] = rows("A2"), "two"
    state = place.preparation.prepare(Upload(ADA, import_id, "one", START))
    assert state is not None
    assert (state.status, state.reason) == (ImportStatus.FAILED, ImportFailure.REPLACED)


def test_repeated_event_continues_at_the_end_of_the_first() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    first = place.upload(import_id, rows("A1"))
    assert place.preparation.prepare(Upload(ADA, import_id, "one", START)) == first
    assert list(place.runs.started) == [import_id]


def test_unreadable_file_starts_nothing() -> None:
    place = Place()
    import_id = place.announce(b"\0")
    state = place.upload(import_id, b"\0")
    assert state is not None
    assert (state.status, state.reason) == (ImportStatus.FAILED, ImportFailure.NOT_TEXT)
    assert not place.runs.started
    with pytest.raises(ImportNotCancellable):
        place.desk.cancel(import_id, ME)


def test_missing_upload_expires_and_a_late_one_is_ignored() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    place.clock.advance(UPLOAD_SECONDS + UPLOAD_GRACE)
    assert place.desk.find(import_id, ME).status is ImportStatus.AWAITING_UPLOAD
    place.clock.advance(1)
    assert place.desk.find(import_id, ME).status is ImportStatus.EXPIRED
    assert place.upload(import_id, rows("A1")) is None
    with pytest.raises(ImportNotCancellable):
        place.desk.cancel(import_id, ME)


def test_import_with_a_stopped_execution_fails() -> None:
    place = Place()
    import_id = place.announce(rows("A1"))
    place.upload(import_id, rows("A1"))
    place.clock.advance(6 * 3600)
    assert place.desk.find(import_id, ME).status is ImportStatus.FAILED


def test_customers_see_their_own_imports_and_staff_see_all() -> None:
    place = Place()
    mine, theirs = place.announce(rows("A1")), place.announce(rows("A1"), OTHER)
    assert [item.import_id for item in place.desk.list(ME).imports] == [mine]
    assert {item.import_id for item in place.desk.list(STAFF).imports} == {mine, theirs}
    assert place.desk.find(mine, STAFF).customer_id == ADA
    for operation in (place.desk.find, place.desk.cancel):
        for import_id in (theirs, "none", "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"):
            with pytest.raises(ImportNotFound):
                operation(import_id, ME)


def test_oversized_line_is_refused_alone() -> None:
    place = Place()
    long = b"A2,EUR,tok,TEA,%s,1,1\n" % (b"x" * 70_000)
    ended = place.imported(rows("A1") + long)
    assert ended.counts == Counts(1, 0, 1)
    assert place.report(ended.import_id)[1] == ("3", "refused", "LINE_TOO_LONG")


def test_token_names_one_import() -> None:
    place = Place()
    token = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
    document = {"fileName": "a.csv", "size": 3, "clientToken": token.upper()}
    first, again = place.desk.create(document, ME), place.desk.create(document, ME)
    assert first.announced == again.announced
    assert first.announced.import_id == token
    for caller, other in ((OTHER, document), (ME, {**document, "size": 4})):
        with pytest.raises(InvalidImport) as refused:
            place.desk.create(other, caller)
        assert refused.value.info == {"path": "input.clientToken", "code": "TOKEN_TAKEN"}


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        ([], "input", "WRONG_TYPE"),
        ({"fileName": "a", "size": 1, "name": 2}, "input", "UNKNOWN_FIELD"),
        ({"size": 1}, "input.fileName", "REQUIRED"),
        ({"fileName": "", "size": 1}, "input.fileName", "NAME_LENGTH"),
        ({"fileName": "a\n", "size": 1}, "input.fileName", "NAME_CHARACTERS"),
        ({"fileName": "a", "size": 0}, "input.size", "EMPTY_FILE"),
        ({"fileName": "a", "size": True}, "input.size", "WRONG_TYPE"),
        ({"fileName": "a", "size": 10 * 1024 * 1024 + 1}, "input.size", "TOO_LARGE"),
        ({"fileName": "a", "size": 1, "clientToken": "x"}, "input.clientToken", "NOT_A_UUID"),
    ],
)
def test_invalid_announcement_is_refused(document: object, path: str, code: str) -> None:
    with pytest.raises(InvalidImport) as refused:
        Place().desk.create(document, ME)
    assert refused.value.info == {"path": path, "code": code}


def test_many_writes_become_one_progress_message_with_the_refused_lines() -> None:
    place, channel = Place(), MemoryChannel()
    import_id = place.imported(rows(*[""] * 70)).import_id
    state = place.store.imports[import_id]
    teller = ImportTeller(place.store, channel)
    batches = place.store.batches(import_id)
    teller.tell(
        [ImportWrite(import_id, state=state), *(ImportWrite(import_id, batch=batch) for batch in batches)]
    )
    [(final, refusals)] = channel.published
    assert (final, len(refusals)) == (state, 50)
    # A batch whose import was read by the invocation before.
    teller.tell([ImportWrite(import_id, batch=batches[0])])
    assert channel.published[1] == (state, list(batches[0].refused))


def test_example_has_four_refused_lines() -> None:
    data = (Path(__file__).parents[3] / "examples" / "orders.csv").read_bytes()
    ended = Place().imported(data)
    assert (ended.status, ended.counts) == (ImportStatus.COMPLETED, Counts(16, 0, 4))
