"""S3: what a browser sends, forms and origins, checked as S3 checks them."""

from __future__ import annotations

import hmac
from typing import Any

from localcloud.engine.mends.s3_presigned import Checked
from localcloud.engine.mends.s3_signatures import MISMATCH
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    original,
    replace,
    wrap,
)

_FIELDS = ("policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
_ACCESS_CONTROL = "access-control-"


@mend("s3.forms")
def a_form_s_signature_is_checked(context: Context) -> None:
    """Refuse a form that nobody of the account signed.

    MiniStack holds a form to its policy, and checks who signed it only while it evaluates policies (AUTH).
    """
    from ministack.services import s3  # noqa: PLC0415

    checked = Checked(s3, context)
    calculate = original(s3, "calculate_signature")

    def refused(fields: dict[str, str]) -> Response | None:
        key, day, region, *_ = [*fields["x-amz-credential"].split("/"), "", ""]
        credential = checked.resolve(key, None, fields.get("x-amz-security-token", ""))
        secret = getattr(credential, "secret_access_key", None)
        if secret is None:
            unknown: Response = original(s3, "_error")(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                403,
            )
            return unknown
        computed: str = calculate(secret, day, region, "s3", fields["policy"])
        if hmac.compare_digest(computed.encode(), fields["x-amz-signature"].encode()):
            return None
        code, message = MISMATCH[:2]
        forged: Response = original(s3, "_error")(code, message, 403)
        return forged

    @wrap(s3, "_enforce_signed_post_policy")
    def _(before: Function) -> Function:
        def enforce(
            fields: dict[str, str],
            bucket: str,
            region: str,
            size: int,
            sigv4: bool,
        ) -> Response | None:
            bad = refused(fields) if sigv4 and all(fields.get(name) for name in _FIELDS) else None
            other: Response | None = bad or before(fields, bucket, region, size, sigv4)
            return other

        return enforce


@mend("s3.origins")
def a_bucket_s_own_rules_answer_browsers(context: Context) -> None:
    """Let pages in by a bucket's CORS configuration alone, in preflights and in answers.

    MiniStack keeps the configuration, and answers every page with a star unless it evaluates policies (AUTH).
    """
    from ministack import app  # noqa: PLC0415
    from ministack.services import s3  # noqa: PLC0415

    del context
    target_of, preflight = original(app, "_s3_cors_target"), original(s3, "cors_preflight")
    allowed = original(s3, "cors_response_headers")

    def bucket_of(headers: Record, path: str) -> tuple[str, str] | None:
        # Only browsers send it, and only S3's requests are signed for S3, or not signed at all.
        if "origin" not in headers or "x-amz-target" in headers:
            return None
        target: tuple[str, str] | None = target_of(headers.get("host", ""), path)
        return target

    before_options = original(app, "_handle_options_request")

    def options(method: str, path: str, headers: Record, query: Record, request_id: str) -> Any:
        target = bucket_of(headers, path) if method == "OPTIONS" else None
        if target is None:
            return before_options(method, path, headers, query, request_id)
        status, answer, body = preflight(*target, headers)
        return status, {**answer, "x-amz-request-id": request_id}, body

    replace(app, "_handle_options_request", options)

    @wrap(app, "_dispatch_service_request")
    def _(before: Function) -> Function:
        async def dispatch(method: str, path: str, headers: Record, *rest: Any, **keywords: Any) -> Response:
            status, answer, body = await before(method, path, headers, *rest, **keywords)
            target = bucket_of(headers, path)
            if target is not None:
                plain = {k: v for k, v in answer.items() if not k.lower().startswith(_ACCESS_CONTROL)}
                answer = {**plain, **allowed(target[0], method, headers)}
            return status, answer, body

        return dispatch
