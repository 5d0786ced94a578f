"""Services whose own way of saving is right but for one thing."""

from __future__ import annotations

from typing import Any

from localcloud.engine.durable.services import Special
from localcloud.engine.ministack.cognito import cognito as module
from localcloud.engine.ministack.facade import read_all
from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.patching import Function, Record

# How many functions' codes are held with their digests; an update leaves an old one behind.
MOST_DIGESTS = 256
COGNITO = (
    *("user_pools", "pool_domain_map", "identity_pools", "identity_tags", "authorization_codes"),
    *("refresh_tokens", "auth_codes", "challenge_sessions"),
)


def cognito() -> Special:
    """Cognito's stores as they are: each sign-in is a change, and a copy of all users takes long."""

    def state() -> Record:
        revoked = dict.fromkeys(module.revoked_tokens, True)
        return {**read_all(module, COGNITO), "revoked_tokens": revoked}

    def load(saved: Record) -> None:
        module.load_persisted_state({**saved, "revoked_tokens": list(saved.get("revoked_tokens", ()))})

    return Special(state, load)


def keep_code_until_the_next_start() -> None:
    """Remove functions' code that nothing names at a start alone.

    MiniStack does so each time it is asked for its state: an end of the process before the new state is
    written would leave the old one without its code.
    """
    lambda_svc.get_state()

    def prune(referenced: Any) -> None:
        """Remove nothing now."""

    Lambda.prune_orphan_code_blobs.replace(prune)

    @Lambda.write_code_blob.wrap
    def _(before: Function) -> Function:
        # Code is held with its digest: to digest all code takes as long as everything else of a comparison.
        digests: dict[int, tuple[bytes, str]] = {}

        def write(code: bytes) -> str:
            cached = digests.get(id(code))
            if cached is None:
                if len(digests) >= MOST_DIGESTS:
                    digests.clear()
                cached = digests[id(code)] = (code, before(code))
            return cached[1]

        return write
