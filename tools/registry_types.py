"""Writes localcloud/contracts/registry_types.txt: the resource types that AWS's registry has.

python -m tools.registry_types

Read from the schemas that the installed cfn-lint brings along, in every Region. A line has a service and its
types, each with the properties of its identifier, of which `Ref` comes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OUTPUT: Final = Path(__file__).resolve().parent.parent / "localcloud" / "contracts" / "registry_types.txt"
_FIRST: Final = "us-east-1"
"""The Region whose schema of a type counts, where it has the type."""


def schemas(folder: Path) -> dict[str, str]:
    """Return the name of each type's schema."""
    regions = sorted(
        (path for path in (folder / "providers").glob("*.json") if path.stem != "sam"),
        key=lambda path: (path.stem != _FIRST, path.stem),
    )
    names: dict[str, str] = {}
    for path in regions:
        for kind, name in json.loads(path.read_text(encoding="utf-8")).items():
            names.setdefault(kind, name)
    return names


def render(identifiers: Mapping[str, tuple[str, ...]]) -> str:
    r"""Return the file.

    Examples
    --------
    >>> render({"AWS::SQS::Queue": ("QueueUrl",), "AWS::SNS::Topic": ("TopicArn",)})
    'AWS::SNS Topic=TopicArn\nAWS::SQS Queue=QueueUrl\n'
    """
    services: defaultdict[str, list[str]] = defaultdict(list)
    for kind, names in sorted(identifiers.items()):
        service, _, noun = kind.rpartition("::")
        services[service].append(f"{noun}={'+'.join(names)}")
    return "".join(f"{service} {' '.join(nouns)}\n" for service, nouns in sorted(services.items()))


def main() -> int:
    """Write the file; return the exit code."""
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        print("cfn-lint is not installed: make setup-dev", file=sys.stderr)
        return 1
    folder = Path(spec.origin).parent / "data" / "schemas"
    identifiers: dict[str, tuple[str, ...]] = {}
    for kind, name in schemas(folder).items():
        if kind.startswith(("AWS::", "Alexa::")):
            schema = json.loads((folder / "resources" / f"{name}.json").read_text(encoding="utf-8"))
            pointers = schema.get("primaryIdentifier", [])
            identifiers[kind] = tuple(pointer.removeprefix("/properties/") for pointer in pointers)
    OUTPUT.write_text(render(identifiers), encoding="utf-8")
    print(OUTPUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
