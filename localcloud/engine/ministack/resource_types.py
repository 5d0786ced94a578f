"""What CloudFormation does with MiniStack's resource types: patched as names are, each verb once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.engine.ministack.facade import MendError, Patch
from localcloud.engine.ministack.provisioners import Provisioners, provisioners
from localcloud.engine.ministack.resource_chains import chain_of

Handler = Callable[..., Any]


class Verb(Patch[Handler]):
    """A verb of a resource type: ``create``, ``update`` or ``delete``."""

    def __init__(self, resource_type: str, verb: str) -> None:
        super().__init__(f"{resource_type} {verb}", *chain_of(resource_type, verb))
        self.__set_name__(Provisioners, self.name)
        self._type, self._verb = resource_type, verb
        self.original: Handler | None = verbs_of(resource_type).get(verb)

    @property
    def current(self) -> Handler:
        """What the table has."""
        verbs = verbs_of(self._type)
        if self._verb not in verbs:
            raise MendError(f"MiniStack's CloudFormation has no {self._verb} of {self._type} any more")
        handler: Handler = verbs[self._verb]
        return handler

    @property
    def exists(self) -> bool:
        """Whether the type has this verb, by MiniStack or by a mend."""
        return self in self.waiting or self._verb in verbs_of(self._type)

    def _set(self, new: Handler) -> None:
        verbs_of(self._type)[self._verb] = new


_VERBS: dict[tuple[str, str], Verb] = {}


def verb_of(resource_type: str, verb: str) -> Verb:
    """Return a verb, to wrap or to replace.

    Raises
    ------
    MendError
        MiniStack has no such type.
    """
    key = resource_type, verb
    if key not in _VERBS:
        _VERBS[key] = Verb(resource_type, verb)
    return _VERBS[key]


def patched_verbs() -> list[Verb]:
    """Return the verbs that were patched, in the order of their names."""
    return sorted((verb for verb in _VERBS.values() if verb.links), key=lambda verb: verb.name)


def verbs_of(resource_type: str) -> dict[str, Any]:
    """Return what MiniStack's CloudFormation does with a resource type.

    Raises
    ------
    MendError
        It has no such type.
    """
    table = provisioners.resource_handlers
    if resource_type not in table:
        raise MendError(f"MiniStack's CloudFormation knows no {resource_type} any more")
    return table[resource_type]
