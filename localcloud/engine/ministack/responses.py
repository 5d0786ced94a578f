"""What the engine reads and patches of MiniStack's `core.responses`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Response


class Responses(Facade, module="ministack.core.responses"):
    """MiniStack's `core.responses`."""

    service_model: Patch[Callable[[str], Any]] = Patch("_service_model", "speed")

    StreamingResponse: Name[type[Any]] = Name("StreamingResponse")
    botocore_name: Name[dict[str, Any]] = Name("_BOTOCORE_NAME")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    json_response: Name[Callable[..., Response]] = Name("json_response")
    request_scope: Name[Callable[[str, str], AbstractContextManager[None]]] = Name("request_scope")
    set_request_account_id: Name[Callable[[str], None]] = Name("set_request_account_id")
    set_request_client_ip: Name[Callable[[str], None]] = Name("set_request_client_ip")
    set_request_region: Name[Callable[[str | None], None]] = Name("set_request_region")
    AccountScopedDict: Name[type[Any]] = Name("AccountScopedDict")
    AccountRegionScopedDict: Name[type[Any]] = Name("AccountRegionScopedDict")
    new_uuid: Name[Callable[[], str]] = Name("new_uuid")
    now_iso: Name[Callable[[], str]] = Name("now_iso")


responses = Responses()
