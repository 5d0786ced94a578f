"""What lets one process answer for all of AWS: none of it changes an answer."""

from __future__ import annotations

import copy
import gc
import gzip
import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

from localcloud.engine.ministack.dynamodb import DynamoDB
from localcloud.engine.ministack.responses import Responses, responses

ATOMS = frozenset({str, int, float, bool, bytes, type(None)})
# A service's model begins with its metadata, some hundred bytes of it.
METADATA_BYTES = 16_384


def leave_http2_out() -> None:
    """Have MiniStack's own server, which serves nothing here, do without HTTP/2: its tables take 0.1 s."""
    module = ModuleType("hypercorn.protocol.h2")
    vars(module)["H2Protocol"] = object
    sys.modules.setdefault(module.__name__, module)


def favour_the_loop() -> None:
    """Keep other threads and the garbage collector from holding the event loop up."""
    # A thread of MiniStack's that computes keeps the loop waiting for this long. No shorter: every
    # thread that waits its turn wakes up as often.
    sys.setswitchinterval(0.002)
    # A request makes hundreds of objects that go with it: to look for circles each time finds none.
    gc.set_threshold(20_000, 20, 20)


def copy_items_quickly() -> None:
    """Have DynamoDB copy its items by :func:`copied`: it does so four times for each update."""
    DynamoDB.copy_module.replace(SimpleNamespace(deepcopy=copied))


def copied(value: object, memo: Mapping[int, object] | None = None) -> object:
    """Return a deep copy, in a third of ``copy.deepcopy``'s time for plain JSON.

    It keeps no account of what it has met: JSON holds nothing twice. Anything else is left to
    ``copy.deepcopy``.
    """
    # Asking before the call, not in it, is half of the gain: most of JSON is text in small objects.
    if type(value) is dict:
        return {key: item if type(item) in ATOMS else copied(item) for key, item in value.items()}
    if type(value) is list:
        return [item if type(item) in ATOMS else copied(item) for item in value]
    return value if type(value) in ATOMS else copy.deepcopy(value)


def know_protocols_cheaply() -> None:
    """Have MiniStack look a service's protocol up without botocore, which takes 0.2 s and 20 MB for some.

    It is asked of each service once, for the Content-Type of its answers.
    """
    names = responses.botocore_name

    @cache
    def model(service: str) -> SimpleNamespace | None:
        """Stand in for botocore's service model: its metadata, which the file begins with."""
        package = find_spec("botocore")
        folders = (package.submodule_search_locations or []) if package else []
        files = [
            file
            for folder in folders
            for file in (Path(folder) / "data" / names.get(service, service)).glob("*/service-2.json.gz")
        ]
        if not files:
            return None
        with gzip.open(max(files)) as file:
            text = file.read(METADATA_BYTES).decode("utf-8", "ignore")
        metadata, _end = json.JSONDecoder().raw_decode(text, text.index("{", text.index('"metadata"')))
        return SimpleNamespace(metadata=metadata)

    Responses.service_model.replace(model)
