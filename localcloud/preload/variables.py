"""The variables by which programs are led to the proxy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PRELOAD: Final = Path(__file__).parent
PROXY: Final = "LOCALCLOUD_AWS_PROXY"
# Names that no proxy may get.
_DIRECT: Final = "127.0.0.1,localhost,.amazonaws.com,.on.aws,.api.aws,.amazoncognito.com"


def preloading(proxy: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what leads a command, and whatever it starts, to the proxy.

    Parameters
    ----------
    proxy
        ``HOST:PORT``; empty where there is none.
    inherited
        The variables that it has already: what they say stays.

    Examples
    --------
    >>> preloading("127.0.0.1:4600", {"NODE_OPTIONS": "--enable-source-maps"})["NODE_OPTIONS"][:32]
    '--enable-source-maps --require "'
    """
    if not proxy:
        return {}
    before = {name: inherited.get(name, "") for name in ("NODE_OPTIONS", "PYTHONPATH", "NO_PROXY")}
    proxies = ",".join(part for part in (before["NO_PROXY"], _DIRECT) if part)
    return {
        PROXY: proxy,
        "NODE_OPTIONS": node_options(before["NODE_OPTIONS"]),
        "PYTHONPATH": os.pathsep.join(
            part for part in (str(PRELOAD / "python"), before["PYTHONPATH"]) if part
        ),
        "NO_PROXY": proxies,
        "no_proxy": proxies,
    }


def node_options(before: str) -> str:
    """Return ``NODE_OPTIONS`` that load the preload as well."""
    return f'{before} --require "{PRELOAD / "node.cjs"}"'.strip()
