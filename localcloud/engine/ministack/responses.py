"""What the engine reads and patches of MiniStack's `core.responses`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Response, Store

Runner = Callable[..., Awaitable[None]]


class Model(Protocol):
    """botocore's model of a service, as far as it is read."""

    @property
    def metadata(self) -> Mapping[str, object]:
        """What the service's protocol is called, among other things."""


class Responses(Facade, module="ministack.core.responses"):
    """MiniStack's `core.responses`."""

    service_model: Patch[Callable[[str], Model | None]] = Patch("_service_model", "speed")

    StreamingResponse: Name[Callable[[Runner], object]] = Name("StreamingResponse")
    botocore_name: Name[dict[str, str]] = Name("_BOTOCORE_NAME")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    json_response: Name[Callable[..., Response]] = Name("json_response")
    request_scope: Name[Callable[[str, str], AbstractContextManager[None]]] = Name("request_scope")
    set_request_account_id: Name[Callable[[str], None]] = Name("set_request_account_id")
    set_request_client_ip: Name[Callable[[str], None]] = Name("set_request_client_ip")
    set_request_region: Name[Callable[[str | None], None]] = Name("set_request_region")
    AccountScopedDict: Name[type[Store]] = Name("AccountScopedDict")
    AccountRegionScopedDict: Name[type[Store]] = Name("AccountRegionScopedDict")
    new_uuid: Name[Callable[[], str]] = Name("new_uuid")
    now_iso: Name[Callable[[], str]] = Name("now_iso")


responses = Responses()
