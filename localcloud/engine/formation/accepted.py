"""CloudFormation's types without effect on one machine: created, updated and deleted, and no more.

Those that MiniStack keeps a record of stay with it: its identifiers have the form of AWS's.
"""

from __future__ import annotations

from typing import Any, Final

from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record

Created = tuple[str, dict[str, str]]
_LONGEST_NAME: Final = 64


class Attributes(dict[str, str]):
    """Attributes of a resource that has no effect: each that a template reads is the resource's name.

    Examples
    --------
    >>> attributes = Attributes({"Arn": "arn:aws:ec2:us-east-1:000000000000:natgateway/n"}, "n")
    >>> "PublicIp" in attributes, attributes["PublicIp"], attributes["Arn"].rpartition("/")[2]
    (True, 'n', 'n')
    """

    def __init__(self, attributes: dict[str, str], name: str) -> None:
        super().__init__(attributes)
        self.name = name

    def __contains__(self, _attribute: object) -> bool:
        return True

    def __missing__(self, attribute: str) -> str:
        return self.name


class Accepting:
    """Takes resources of one type.

    Parameters
    ----------
    physical_name, account, region
        MiniStack's, of the request that is carried out.
    """

    def __init__(self, kind: str, physical_name: Function, account: Function, region: Function) -> None:
        _, self._service, self._noun = kind.split("::")
        self._physical_name, self._account, self._region = physical_name, account, region

    def create(self, logical_id: str, _props: Record, stack: str) -> Created:
        """Make a name up."""
        name = str(self._physical_name(stack, logical_id, max_len=_LONGEST_NAME))
        place = f"{self._region()}:{self._account()}"
        arn = f"arn:aws:{self._service.lower()}:{place}:{self._noun.lower()}/{name}"
        return name, Attributes({"Arn": arn}, name)

    def update(
        self, _physical_id: str, _old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Keep the name, which the logical id decides."""
        return self.create(logical_id or "", new, stack)

    def delete(self, _physical_id: str, _props: Record) -> None:
        """Do nothing: there is nothing."""


def accept_types() -> None:
    """Let CloudFormation take the types that are accepted without effect, and that MiniStack refuses."""
    handlers: dict[str, dict[str, Any]] = provisioners.resource_handlers
    name = provisioners.physical_name
    account, region = responses.get_account_id, responses.get_region
    for kind in ACCEPTED.keys() - handlers.keys():
        accepting = Accepting(kind, name, account, region)
        handlers[kind] = {
            "create": accepting.create,
            "update": accepting.update,
            "update_with_logical_id": True,
            "delete": accepting.delete,
        }
