"""What the engine reads and patches of MiniStack's `services.glue`."""

from __future__ import annotations

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Store


class Glue(Facade, module="ministack.services.glue"):
    """MiniStack's `services.glue`."""

    tables: Name[Store] = Name("_tables")


glue = Glue()
