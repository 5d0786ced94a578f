"""AppSync's data source of `Query.import` and its like: announces, shows and cancels imports.

The event is ``{"action": …, "customerId": sub, "isStaff": …, …}``, the caller as AppSync verified them:

======  ===================================  =========================
action  beside it                            the answer's ``result``
======  ===================================  =========================
create  ``input``                            an `ImportUpload`
find    ``id``, ``refusals``                 an `Import`, or null
list    ``limit``, ``nextToken``, ``refusals``  an `ImportPage`
cancel  ``id``, ``refusals``                 an `Import`
======  ===================================  =========================

``refusals`` says whether refused lines are asked for: reading them costs a query each.

The answer is ``{"result": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions would all
reach the client as ``Lambda:Unhandled``. It holds forms and addresses, which are credentials: it is never
logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.errors import CallerError, ImportNotFound, ImportsOff, OrderwireError, TryAgain
from orders.imports.views import ImportPageView, ImportUploadView, ImportView, import_view
from orders.model import CustomerId
from resolvers import importing
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orders.imports.desk import ImportDesk
    from orders.imports.model import Import

FAULT = "The import could not be managed just now: try again."


class ImportsResponse(TypedDict, total=False):
    """One of the two; no import that is not there."""

    result: ImportView | ImportUploadView | ImportPageView | None
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> ImportsResponse:
    """Carry out an action of a customer's."""
    action = event.get("action")
    try:
        result = _act(action, event, _caller(event))
    except (CallerError, TryAgain) as error:
        logger.info("import action refused", action=action, error=type(error).__name__)
        return {"error": to_answer(error, otherwise=FAULT)}
    except Exception as error:
        logger.exception("import action failed", action=action)
        return {"error": to_answer(error, otherwise=FAULT)}
    logger.info("import action done", action=action)
    return {"result": result}


def _act(
    action: object, event: Mapping[str, object], caller: Caller
) -> ImportView | ImportUploadView | ImportPageView | None:
    desk = importing.import_desk()
    if desk is None:
        raise ImportsOff
    asks = event.get("refusals") is True
    match action:
        case "create":
            return _upload(desk, event.get("input"), caller)
        case "find":
            try:
                return _view(desk, desk.find(str(event.get("id")), caller), refusals=asks)
            except ImportNotFound:
                return None
        case "list":
            page = desk.list(caller, limit=event.get("limit"), token=event.get("nextToken"))
            imports = [_view(desk, item, refusals=asks) for item in page.imports]
            return {"imports": imports, "nextToken": page.next_token}
        case "cancel":
            return _view(desk, desk.cancel(str(event.get("id")), caller), refusals=asks)
        case _:
            raise OrderwireError(f"There is no action {action!r}.")


def _upload(desk: ImportDesk, document: object, caller: Caller) -> ImportUploadView:
    created = desk.create(document, caller)
    return {
        "import": import_view(created.announced),
        "url": created.form.url,
        "fields": [{"name": name, "value": value} for name, value in created.form.fields.items()],
        "expiresAt": created.expires_at,
    }


def _view(desk: ImportDesk, record: Import, *, refusals: bool) -> ImportView:
    lines = desk.refusals(record) if refusals else ()
    return import_view(record, refusals=lines, report_url=desk.report_url(record))


def _caller(event: Mapping[str, object]) -> Caller:
    customer = event.get("customerId")
    if not isinstance(customer, str) or not customer:
        # It is taken from the verified token: without one nothing may be read or written.
        raise OrderwireError("The event has no customerId.")
    return Caller(CustomerId(customer), event.get("isStaff") is True)
