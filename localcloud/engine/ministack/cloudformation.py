"""What the engine reads and patches of MiniStack's `services.cloudformation`."""

from __future__ import annotations

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Store


class CloudFormation(Facade, module="ministack.services.cloudformation"):
    """MiniStack's `services.cloudformation`."""

    change_sets: Name[Store] = Name("_change_sets")
    stack_events: Name[Store] = Name("_stack_events")
    stacks: Name[Store] = Name("_stacks")


cloudformation = CloudFormation()
