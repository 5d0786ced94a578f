"""What the engine reads and patches of MiniStack's `app`."""

from __future__ import annotations

import sys
from asyncio import Lock
from collections.abc import Awaitable, Callable
from typing import Any, cast

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response, Service


class App(Facade, module="ministack.app"):
    """MiniStack's `app`."""

    dispatch_service_request: Patch[Callable[[str, str, Record, bytes, Record, str], Awaitable[Response]]] = (
        Patch("_dispatch_service_request", "lambda.accepted_events", "s3.origins")
    )
    get_module: Patch[Callable[[str], Service]] = Patch("_get_module", "durable.requests")
    handle_options_request: Patch[Callable[[str, str, Record, Record, str], Response]] = Patch(
        "_handle_options_request", "s3.origins"
    )

    extract_s3_vhost_bucket: Name[Callable[[str], str | None]] = Name("_extract_s3_vhost_bucket")
    get_reset_lock: Name[Callable[[], Lock]] = Name("_get_reset_lock")
    loaded_modules: Name[dict[str, Service]] = Name("_loaded_modules")
    s3_cors_target: Name[Callable[..., tuple[str, str] | None]] = Name("_s3_cors_target")
    service_handlers: Name[dict[str, object]] = Name("SERVICE_HANDLERS")
    state_map: Name[dict[str, str]] = Name("_state_map")
    app: Name[Callable[[Any, Any, Any], Awaitable[None]]] = Name("app")

    def loaded(self, service: str) -> Service | None:
        """Return the module of a service that has been used, also by others."""
        return self.loaded_modules.get(service) or cast(
            "Service | None", sys.modules.get(f"ministack.services.{service}")
        )


app = App()
