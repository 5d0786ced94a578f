"""Settings that come when the engine has imported what it needs: by standard input, with its listener."""

from __future__ import annotations

import json
import os
import socket
from typing import Final

_LARGEST: Final = 65_536
LISTENER: Final = "LOCALCLOUD_ENGINE_SOCKET"


def received(standard_input: int) -> dict[str, str] | None:
    """Wait for the variables that the parent sends, and return them; None when it has ended.

    Standard input is a socket. The first byte carries the listener; a line of JSON ends the message.
    """
    with socket.socket(fileno=os.dup(standard_input)) as parent:
        text, listeners, _flags, _address = socket.recv_fds(parent, 1, 1)
        while text and not text.endswith(b"\n"):
            part = parent.recv(_LARGEST)  # nothing follows the line
            if not part:
                return None
            text += part
    if not text:
        return None
    variables: dict[str, str] = json.loads(text)
    if listeners:
        variables[LISTENER] = str(listeners[0])
    return variables
