"""What the engine reads and patches of MiniStack's `services.iot`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response


class IoT(Facade, module="ministack.services.iot"):
    """MiniStack's `services.iot`."""

    describe_endpoint: Patch[Callable[[Record], Response]] = Patch("_describe_endpoint", "iot.endpoint")
    restore_state: Patch[Callable[[Record], None]] = Patch("_restore_state", "iot.authorizers")
    route_request: Patch[Callable[[str, str, Record, bytes, Record], Awaitable[Response]]] = Patch(
        "_route_request", "iot.authorizers"
    )
    get_state: Patch[Callable[[], Record]] = Patch("get_state", "iot.authorizers")

    parse_body: Name[Callable[[bytes], Record]] = Name("_parse_body")
    set_created_tags: Name[Callable[[str, list[Record] | None], None]] = Name("_set_created_tags")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    json_response: Name[Callable[..., Response]] = Name("json_response")


iot = IoT()
