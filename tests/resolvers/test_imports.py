"""The handlers of imports: events as AWS sends them in, results or typed errors out, no secret logged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.adapters.import_items import batch_item, import_item, import_key
from orders.adapters.import_publishing import MUTATION, SELECTION, AppSyncProgress
from orders.adapters.signing import Keys, Role
from orders.errors import OrderwireError, PublishFailed
from orders.imports.model import Import, ImportFailure, ImportStatus, RefusedLine
from orders.imports.ports import BatchResult
from orders.imports.reporting import ImportTeller
from orders.imports.views import ImportView, ProgressView, RefusedLineView
from resolvers import finish_import, import_lines, importing, manage_imports, prepare_import, tell_imports
from tests.orders.imports.fakes import MemoryChannel
from tests.orders.imports.test_importing import Place, rows
from tests.orders.samples import ADA
from tests.resolvers.conftest import Log
from tests.resolvers.fake_appsync import KEY_ID, REGION, SECRET, FakeAppSync, fake_appsync
from tests.resolvers.test_contract import fields, values


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place()
    monkeypatch.setattr(importing, "import_desk", lambda: place.desk)
    monkeypatch.setattr(importing, "preparation", lambda: place.preparation)
    monkeypatch.setattr(importing, "batch_importer", lambda: place.importer)
    monkeypatch.setattr(importing, "finisher", lambda: place.finisher)
    return place


def ask(context: LambdaContext, **event: object) -> Any:
    return manage_imports.handler({"customerId": ADA, "isStaff": False, **event}, context)


def created(key: str, etag: str = "one") -> dict[str, object]:
    """S3's event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": "2d4eba74-fd51-3966-4bfa-b013c9da8ff1",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-11-30T12:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:s3:::files"],
        "detail": {
            "version": "0",
            "bucket": {"name": "files"},
            "object": {"key": key, "size": 120, "etag": etag, "sequencer": "00617F08299329D189"},
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "reason": "PutObject",
        },
    }


def test_views_and_enumerations_equal_those_of_the_schema() -> None:
    names = {ImportView: "Import", ProgressView: "ImportProgress", RefusedLineView: "RefusedLine"}
    for view, name in names.items():
        assert list(view.__annotations__) == fields(name)
    assert [status.value for status in ImportStatus] == values("ImportStatus")
    assert [reason.value for reason in ImportFailure] == values("ImportFailure")


def test_publisher_selects_every_field_of_progress() -> None:
    selected = [name.partition(" ")[0] for name in SELECTION]
    assert selected == fields("ImportProgress") == fields("ImportProgressInput")
    assert fields("RefusedLine") == fields("RefusedLineInput") == ["line", "code", "reason"]


def test_import_runs_from_its_form_to_its_report(place: Place, context: LambdaContext, log: Log) -> None:
    data = rows("A1", "")
    announcement = {"fileName": "a.csv", "size": len(data)}
    upload = ask(context, action="create", input=announcement)["result"]
    import_id = upload["import"]["id"]
    [key] = [field["value"] for field in upload["fields"] if field["name"] == "key"]
    place.files.objects[key], place.files.etags[key] = data, "one"
    prepared = prepare_import.handler(created(key), context)
    assert prepared == {"importId": import_id, "status": "RUNNING"}
    started = place.runs.started[import_id]
    about = {name: started[name] for name in ("importId", "customerId", "run", "began")}
    batch = {"BatchInput": about, "Items": list(place.batches(import_id)[0].documents)}
    assert import_lines.handler(batch, context) == {"accepted": 1, "repeated": 0, "refused": 1}
    assert finish_import.handler(dict(started), context) == {"importId": import_id, "status": "COMPLETED"}
    answer = ask(context, action="find", id=import_id, refusals=True)["result"]
    assert [line["line"] for line in answer["refusals"]] == [3]
    assert answer["reportUrl"].startswith("https://bucket/reports/")
    without = ask(context, action="list", limit=20)["result"]["imports"]
    assert [(item["id"], item["refusals"]) for item in without] == [(import_id, [])]
    # Cards' tokens, forms and addresses are nobody's to read in a log.
    logged = log.text
    assert "batch imported" in logged
    for secret in ("https://bucket", '"tok"'):
        assert secret not in logged


@pytest.mark.parametrize("key", ["imports/ada/x.csv", "reports/ada/1.csv", "imports/a/b/c.csv", None])
def test_event_of_another_object_is_refused(place: Place, context: LambdaContext, key: Any) -> None:
    with pytest.raises(OrderwireError):
        prepare_import.handler(created(key), context)


def test_unexpected_upload_is_ignored(place: Place, context: LambdaContext) -> None:
    key = f"imports/{ADA}/3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b.csv"
    assert prepare_import.handler(created(key), context)["status"] is None
    # The key names a customer: another's import is not theirs to begin.
    import_id = place.announce(rows("A1"))
    assert prepare_import.handler(created(f"imports/grace/{import_id}.csv"), context)["status"] is None


def test_errors_are_typed_and_a_foreign_import_is_null(place: Place, context: LambdaContext) -> None:
    import_id = place.announce(rows("A1"))
    assert ask(context, action="find", id=import_id, customerId="grace") == {"result": None}
    assert (
        ask(context, action="cancel", id=import_id, customerId="grace")["error"]["type"] == "ImportNotFound"
    )
    assert ask(context, action="list", limit=0)["error"]["type"] == "BadRequest"
    assert ask(context, action="list", limit=1, nextToken="x")["error"]["info"]["path"] == "nextToken"
    assert ask(context, action="create", input={})["error"]["type"] == "InvalidImport"
    assert ask(context, action="find", customerId="")["error"]["type"] == "InternalError"


def test_deployment_without_imports_says_so(context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "import_desk", lambda: None)
    assert ask(context, action="list", limit=20)["error"]["type"] == "ImportsOff"


@pytest.mark.parametrize("event", [{}, {"BatchInput": {}, "Items": [1]}, {"BatchInput": {"importId": "a"}}])
def test_malformed_batch_raises(place: Place, context: LambdaContext, event: dict[str, object]) -> None:
    with pytest.raises(OrderwireError):
        import_lines.handler(event, context)
    with pytest.raises(OrderwireError):
        finish_import.handler(event, context)


def record(sequence: int, item: Any) -> dict[str, Any]:
    keys = {name: item[name] for name in ("pk", "sk")}
    stream = {"SequenceNumber": str(sequence), "Keys": keys, "NewImage": item}
    return {"eventName": "MODIFY", "dynamodb": stream}


def test_stream_becomes_one_message_and_repeats_from_the_failure(
    place: Place, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = MemoryChannel()
    monkeypatch.setattr(importing, "teller", lambda: ImportTeller(place.store, channel))
    import_id = place.imported(rows("A1", "")).import_id
    state = place.store.imports[import_id]
    batch = BatchResult(2, 3, 1, (), (RefusedLine(3, "REQUIRED", "sku"),))
    gone = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9", "Keys": import_key(import_id)}}
    broken = import_key(import_id) | {"status": {"S": "NONE"}}
    valid = [record(1, import_item(state)), record(2, batch_item(import_id, batch, 9)), gone]
    assert tell_imports.handler({"Records": valid}, context) == {"batchItemFailures": []}  # type: ignore[typeddict-item]
    assert channel.published == [(state, list(batch.refused))]
    bad: Any = {"Records": [*valid, record(12, broken), record(13, import_item(state))]}
    assert tell_imports.handler(bad, context) == {"batchItemFailures": [{"itemIdentifier": "12"}]}
    assert len(channel.published) == 2

    def refuse(*_: object) -> None:
        raise PublishFailed("AppSync is gone")

    monkeypatch.setattr(channel, "publish", refuse)
    assert tell_imports.handler({"Records": valid}, context)["batchItemFailures"] == [  # type: ignore[typeddict-item]
        {"itemIdentifier": "1"}
    ]
    monkeypatch.setattr(importing, "teller", lambda: None)
    assert tell_imports.handler({"Records": valid}, context) == {"batchItemFailures": []}  # type: ignore[typeddict-item]


def test_progress_is_published_signed_and_errors_with_status_200_fail(
    place: Place,
) -> None:
    state = place.store.imports[place.announce(rows("A1"))]
    with fake_appsync() as appsync:
        publish(state, appsync)


def publish(state: Import, appsync: FakeAppSync) -> None:
    channel = AppSyncProgress(appsync.url, REGION, Role(Keys(KEY_ID, SECRET, None)))
    appsync.answer = json.dumps({"data": {"publishImport": {"id": state.import_id}}}).encode()
    channel.publish(state, [RefusedLine(3, "REQUIRED", "sku")])
    [body] = appsync.bodies
    assert body["query"] == MUTATION
    sent = body["variables"]["input"]  # type: ignore[index]
    assert sent["refusals"] == [{"line": 3, "code": "REQUIRED", "reason": "sku"}]
    assert "reason" not in sent
    for answer in (b'{"data":{"publishImport":null},"errors":[{"errorType":"Unauthorized"}]}', b"no JSON"):
        appsync.answer = answer
        with pytest.raises(PublishFailed):
            channel.publish(state, [])
    channel.close()
