"""What the engine reads and patches of MiniStack's `services.athena`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, Record, Response, Store


class Athena(Facade, module="ministack.services.athena"):
    """MiniStack's `services.athena`."""

    get_table_metadata: Patch[Callable[[Record], Response]] = Patch("_get_table_metadata", "streams.athena")
    handle_request: Patch[Handler] = Patch("handle_request", "streams.athena", "durable.requests")

    create_named_query: Name[Callable[[Record], Response]] = Name("_create_named_query")
    delete_named_query: Name[Callable[[Record], Response]] = Name("_delete_named_query")
    ensure_default_workgroup: Name[Callable[[], None]] = Name("_ensure_default_workgroup")
    prepared_statements: Name[Store] = Name("_prepared_statements")
    workgroups: Name[Store] = Name("_workgroups")


athena = Athena()
