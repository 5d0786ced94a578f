"""What MiniStack gets wrong, mended: one module per service, one function per fault.

Each mend's docstring says what AWS does and what MiniStack did instead; each has a contract test
of the same name (``tests/engine``), and a slow test that starts the engine without it
(``LOCALCLOUD_WITHOUT_MEND=name``) and expects that contract to break, so that a new MiniStack
which makes a mend needless is noticed.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec

from localcloud.engine.ministack.facade import running
from localcloud.engine.patching import MENDS, Context, MendError

__all__ = ["Context", "MendError", "apply"]

PINNED = "1.5.33"
# The order matters where two mends wrap one function: the feed looks at what the others left.
MODULES = (
    "appsync_api",
    "appsync_resolvers",
    "appsync_cache",
    "appsync_evaluate",
    "appsync_events",
    "appsync_shared",
    "cloudformation",
    "cloudformation_nested",
    "custom_resources",
    "athena_queries",
    "cognito",
    "roles",
    "secrets",
    "dynamodb",
    "functions_invoke",
    "functions_events",
    "functions_inline",
    "functions_records",
    "functions_rules",
    "functions_mappings",
    "functions_urls",
    "gateway_rest",
    "gateway_streaming",
    "gateway_authorizers",
    "gateway_import",
    "gateway_declared",
    "gateway_bodies",
    "gateway_patches",
    "iot",
    "ssm",
    # Each wraps what the one before it left.
    "sqs_redrive",
    "sqs_receipts",
    "sqs_groups",
    "sqs_moves",
    "sqs",
    "sqs_traces",
    "s3_presigned",
    "s3_forms",
    "feed",
)


def apply(context: Context) -> None:
    """Apply every mend but those that the settings leave out.

    Raises
    ------
    MendError
        MiniStack is not the pinned one, a package that it needs or something that a mend patches
        is missing, or a mend to leave out does not exist.
    """
    installed = version("ministack")
    if installed != PINNED:
        raise MendError(
            f"MiniStack {installed} is installed, but the mends are written for {PINNED}: "
            "run `make setup`, or go through localcloud/engine/mends and change PINNED"
        )
    if find_spec("cryptography") is None:
        # MiniStack would go on with a made-up key, and no token of a user pool would verify.
        raise MendError("the engine's environment has no cryptography to sign tokens with: run `make setup`")
    for module in MODULES:
        import_module(f"{__name__}.{module}")
    unknown = context.settings.without - MENDS.keys()
    if unknown:
        raise MendError(f"LOCALCLOUD_WITHOUT_MEND names no mend: {', '.join(sorted(unknown))}")
    for name, mend in MENDS.items():
        if name not in context.settings.without:
            with running(name):
                mend(context)
