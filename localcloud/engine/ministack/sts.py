"""What the engine reads and patches of MiniStack's `services.sts`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record


class STS(Facade, module="ministack.services.sts"):
    """MiniStack's `services.sts`."""

    role_id: Name[Callable[[str], str]] = Name("_role_id")
    sessions: Name[dict[str, Record]] = Name("_sessions")
    register_session: Name[Callable[[str, Record], None]] = Name("register_session")


sts = STS()
