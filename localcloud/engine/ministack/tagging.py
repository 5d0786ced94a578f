"""What the engine reads and patches of MiniStack's `services.tagging`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name


class Tagging(Facade, module="ministack.services.tagging"):
    """MiniStack's `services.tagging`."""

    resource_tags: Name[Callable[[str], dict[str, str] | None]] = Name("resource_tags")


tagging = Tagging()
