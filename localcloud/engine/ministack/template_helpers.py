"""What the engine reads and patches of MiniStack's `services.cloudformation.helpers`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Record


class TemplateHelpers(Facade, module="ministack.services.cloudformation.helpers"):
    """MiniStack's `services.cloudformation.helpers`."""

    resolve_template: Name[Callable[[Record], Any]] = Name("_resolve_template")


template_helpers = TemplateHelpers()
