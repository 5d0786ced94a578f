"""What the engine reads and patches of MiniStack's `services.iam`."""

from __future__ import annotations

from localcloud.engine.ministack.facade import Facade, Name
from localcloud.engine.ministack.types import Store


class IAM(Facade, module="ministack.services.iam"):
    """MiniStack's `services.iam`."""

    access_keys: Name[Store] = Name("_access_keys")
    group_inline_policies: Name[Store] = Name("_group_inline_policies")
    groups: Name[Store] = Name("_groups")
    roles: Name[Store] = Name("_roles")
    user_inline_policies: Name[Store] = Name("_user_inline_policies")
    users: Name[Store] = Name("_users")


iam = IAM()
