"""The resource types that AWS's registry has, each with the properties that identify a resource."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from localcloud.contracts.accepted_types import ACCEPTED
from localcloud.contracts.supported import HONOURED

_FILE: Final = Path(__file__).with_name("registry_types.txt")
WITHOUT_STAND_IN: Final = frozenset({"AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Macro"})
"""Registered types that no name alone could stand for: what they do happens while the stack is created."""


@cache
def registry() -> dict[str, tuple[str, ...]]:
    """Return the properties of the identifier of each type.

    ``python -m tools.registry_types`` writes the file that they come from.

    Examples
    --------
    >>> registry()["AWS::Neptune::DBCluster"], "AWS::Neptun::Cluster" in registry()
    (('DBClusterIdentifier',), False)
    """
    types: dict[str, tuple[str, ...]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        service, *nouns = line.split(" ")
        for each in nouns:
            noun, _, identifier = each.partition("=")
            types[f"{service}::{noun}"] = tuple(identifier.split("+"))
    return types


@cache
def stand_in_types() -> frozenset[str]:
    """Return the types that are created in name alone.

    Examples
    --------
    >>> "AWS::Neptune::DBCluster" in stand_in_types(), "AWS::SQS::Queue" in stand_in_types()
    (True, False)
    """
    return frozenset(registry().keys() - HONOURED.keys() - ACCEPTED.keys() - WITHOUT_STAND_IN)
