"""What the engine reads and patches of MiniStack's `services.cloudformation.helpers`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record, Response


class TemplateHelpers(Facade, module="ministack.services.cloudformation.helpers"):
    """MiniStack's `services.cloudformation.helpers`."""

    resolve_template: Name[Callable[[Record], tuple[str | None, Response | None]]] = Name("_resolve_template")


template_helpers = TemplateHelpers()
