"""What the engine reads and patches of MiniStack's `services.cloudformation.engine`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record


class TemplateEngine(Facade, module="ministack.services.cloudformation.engine"):
    """MiniStack's `services.cloudformation.engine`."""

    resolve_parameters: Patch[Callable[..., Record]] = Patch(
        "_resolve_parameters", "cloudformation.allowed_values"
    )

    apply_transforms: Name[Callable[..., Record]] = Name("_apply_transforms")
    evaluate_conditions: Name[Callable[[Record, Record], Record]] = Name("_evaluate_conditions")
    parse_template: Name[Callable[[str], Record]] = Name("_parse_template")
    validate_template_support: Name[Callable[..., None]] = Name("validate_template_support")


template_engine = TemplateEngine()
