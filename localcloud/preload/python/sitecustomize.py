"""Found by Python as it starts, through ``PYTHONPATH``: leads AWS's names to the local cloud.

Whatever ``sitecustomize`` would have been found without this one is run as well. It runs in whatever Python a
program has, from 3.8 on.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

_HERE = os.path.dirname(os.path.abspath(__file__))


def _lead(proxy: str) -> None:
    name, path = "_localcloud_addresses", os.path.join(os.path.dirname(_HERE), "addresses.py")
    spec = spec_from_loader(name, SourceFileLoader(name, path))
    if proxy and spec is not None and spec.loader is not None:
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.install(proxy)


def _go_on() -> None:
    folders = [folder for folder in sys.path if os.path.abspath(folder or os.curdir) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", folders)
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


_lead(os.environ.get("LOCALCLOUD_AWS_PROXY", ""))
_go_on()
