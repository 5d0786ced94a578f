"""Checkpoint tokens and callback ids: text of AWS's alphabet that cannot be guessed."""

from __future__ import annotations

import base64
import hashlib
import secrets


def checkpoint_token(secret: bytes, execution: str, generation: int, serial: int) -> str:
    """Return the token that is valid after so many invocations and checkpoints of an execution."""
    text = f"{execution}/{generation}/{serial}".encode()
    return base64.b64encode(hashlib.blake2b(text, key=secret, digest_size=24).digest()).decode()


def new_callback_id(execution: str) -> str:
    """Return a callback's id: a secret of 64 characters, and behind it the execution's ARN.

    IAM judges an answer by the execution, of which the request says nothing else. It is hexadecimal: one with
    a slash would split the paths it is used in.

    Examples
    --------
    >>> bytes.fromhex(new_callback_id("arn:aws:lambda:…")[64:]).decode()
    'arn:aws:lambda:…'
    """
    return secrets.token_hex(32) + execution.encode().hex()
