"""What the engine reads and patches of MiniStack's `services.s3`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, PolicyOf, Record, Response, Store


class S3(Facade, module="ministack.services.s3"):
    """MiniStack's `services.s3`."""

    atomic_write: Patch[Callable[..., None]] = Patch("_atomic_write", "durable.objects")
    deliver_event_to_sqs: Patch[Callable[..., None]] = Patch("_deliver_event_to_sqs", "sqs.arrivals")
    enforce_signed_post_policy: Patch[Callable[[Record, str, str, int, bool], Response]] = Patch(
        "_enforce_signed_post_policy", "s3.forms"
    )
    verify_presigned_sigv4: Patch[Callable[[str, str, Mapping[str, str], Mapping[str, Any]], Response]] = (
        Patch("_verify_presigned_sigv4", "s3.presigned")
    )
    build_canonical_request: Patch[Callable[..., str]] = Patch("build_canonical_request", "s3.presigned")
    handle_request: Patch[Handler] = Patch("handle_request", "s3.presigned", "durable.requests")
    resolve_credential: Patch[Callable[..., Any]] = Patch("resolve_credential", "s3.presigned")

    completed_multipart_uploads: Name[Store] = Name("_completed_multipart_uploads")
    error: Name[Callable[..., Response]] = Name("_error")
    get_object_data: Name[Callable[..., bytes | None]] = Name("_get_object_data")
    multipart_uploads: Name[Store] = Name("_multipart_uploads")
    calculate_signature: Name[Callable[[str, str, str, str, str], str]] = Name("calculate_signature")
    cors_preflight: Name[Callable[[str, str, Record], Response]] = Name("cors_preflight")
    cors_response_headers: Name[Callable[[str, str, Record], Record]] = Name("cors_response_headers")
    get_state: Name[Callable[[], Record]] = Name("get_state")
    load_persisted_state: Name[Callable[[Record], None]] = Name("load_persisted_state")
    url_quote: Name[Callable[..., str]] = Name("url_quote")
    bucket_policy_for_arn: Name[PolicyOf] = Name("bucket_policy_for_arn")


s3 = S3()
