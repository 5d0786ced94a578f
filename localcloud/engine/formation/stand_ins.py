"""CloudFormation's types that cannot run here: stand-ins, created in name alone.

Those of MiniStack's own are replaced: it would look for Docker, or for a database.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from localcloud.contracts.registry import registry, stand_in_types
from localcloud.contracts.stand_ins import StandIn
from localcloud.engine.ministack.cloudformation import cloudformation
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record

Created = tuple[str, dict[str, Any]]
_LONGEST_NAME: Final = 60


class Attributes(dict[str, Any]):
    """The attributes of a stand-in: each has the form that its name promises."""

    def __init__(self, stand_in: StandIn) -> None:
        super().__init__({"Arn": stand_in.attribute("Arn")})
        self.stand_in = stand_in

    def __contains__(self, _attribute: object) -> bool:
        return True

    def __missing__(self, attribute: str) -> str | list[str]:
        return self.stand_in.attribute(attribute)

    def get(self, attribute: str, _default: object = None) -> Any:
        """Return an attribute: there is each."""
        return self[attribute]


class StandsIn:
    """Takes resources of one type.

    Parameters
    ----------
    physical_name, account, region
        MiniStack's, of the request that is carried out.
    """

    def __init__(self, kind: str, physical_name: Function, account: Function, region: Function) -> None:
        self._kind = kind
        self._physical_name, self._account, self._region = physical_name, account, region

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Make an identifier up."""
        stand_in = StandIn(
            self._kind,
            str(self._physical_name(stack, logical_id, max_len=_LONGEST_NAME)),
            props,
            registry()[self._kind],
            str(self._region()),
            str(self._account()),
        )
        return stand_in.ref, Attributes(stand_in)

    def update(
        self, _physical_id: str, _old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Keep the name, which the logical id decides."""
        return self.create(logical_id or "", new, stack)

    def delete(self, _physical_id: str, _props: Record) -> None:
        """Do nothing: there is nothing."""


def stand_in_for_types() -> None:
    """Let CloudFormation take the types that cannot run here."""
    handlers: dict[str, dict[str, Any]] = provisioners.resource_handlers
    name = provisioners.physical_name
    account, region = responses.get_account_id, responses.get_region
    for kind in stand_in_types():
        stands_in = StandsIn(kind, name, account, region)
        handlers[kind] = {
            "create": stands_in.create,
            "update": stands_in.update,
            "update_with_logical_id": True,
            "delete": stands_in.delete,
        }


def stand_ins_of(formations: Collection[str]) -> list[str]:
    """Return the stand-ins there are of these services, as CloudFormation names them.

    They are read off the stacks, so that they are there after a start with ``--data``, too.
    """
    names = {
        f"{logical_id} ({resource['ResourceType']})"
        for stack in list(cloudformation.stacks._data.values())
        for logical_id, resource in list(stack.get("_resources", {}).items())
        if resource.get("ResourceType") in stand_in_types()
        and resource["ResourceType"].split("::")[1] in formations
    }
    return sorted(names)
