"""Checkpoint tokens and callback ids: text of AWS's alphabet that cannot be guessed."""

from __future__ import annotations

import base64
import hashlib
import secrets


def checkpoint_token(secret: bytes, execution: str, generation: int, serial: int) -> str:
    """Return the token that is valid after so many invocations and checkpoints of an execution."""
    text = f"{execution}/{generation}/{serial}".encode()
    return base64.b64encode(hashlib.blake2b(text, key=secret, digest_size=24).digest()).decode()


def new_callback_id() -> str:
    """Return a callback's id. It is hexadecimal: one with a slash would split the paths it is used in."""
    return secrets.token_hex(32)
