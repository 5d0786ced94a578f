"""Services whose own way of saving is right but for one thing."""

from __future__ import annotations

from typing import Any

from localcloud.engine.durable.services import Special
from localcloud.engine.patching import Function, Record, original, replace, wrap

# How many functions' codes are held with their digests; an update leaves an old one behind.
MOST_DIGESTS = 256
COGNITO = (
    *("user_pools", "pool_domain_map", "identity_pools", "identity_tags", "authorization_codes"),
    *("refresh_tokens", "auth_codes", "challenge_sessions"),
)


def cognito() -> Special:
    """Cognito's stores as they are: each sign-in is a change, and a copy of all users takes long."""

    def state() -> Record:
        from ministack.services import cognito as module  # noqa: PLC0415

        revoked = dict.fromkeys(original(module, "_revoked_tokens"), True)
        return {**{name: original(module, f"_{name}") for name in COGNITO}, "revoked_tokens": revoked}

    def load(saved: Record) -> None:
        from ministack.services import cognito as module  # noqa: PLC0415

        module.load_persisted_state({**saved, "revoked_tokens": list(saved.get("revoked_tokens", ()))})

    return Special(state, load)


def keep_code_until_the_next_start() -> None:
    """Remove functions' code that nothing names at a start alone.

    MiniStack does so each time it is asked for its state: an end of the process before the new state is
    written would leave the old one without its code.
    """
    from ministack.services import lambda_svc  # noqa: PLC0415

    lambda_svc.get_state()

    def prune(referenced: Any) -> None:
        """Remove nothing now."""

    replace(lambda_svc, "_prune_orphan_code_blobs", prune)

    @wrap(lambda_svc, "_write_code_blob")
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
