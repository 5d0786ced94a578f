"""S3: what a browser sends, forms and origins, checked as S3 checks them."""

from __future__ import annotations

import hmac
from typing import Any

from localcloud.engine.mends.s3_presigned import Checked
from localcloud.engine.mends.s3_signatures import MISMATCH
from localcloud.engine.ministack.app import App, app
from localcloud.engine.ministack.s3 import S3, s3
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
)

_FIELDS = ("policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
_ACCESS_CONTROL = "access-control-"


@mend("s3.forms")
def a_form_s_signature_is_checked(context: Context) -> None:
    """Refuse a form without a signature of the account.

    MiniStack holds a form to its policy, and checks who signed it only while it evaluates policies (AUTH).
    """
    checked = Checked(s3, context)
    calculate = s3.calculate_signature

    def refused(fields: dict[str, str]) -> Response | None:
        key, day, region, *_ = [*fields["x-amz-credential"].split("/"), "", ""]
        credential = checked.resolve(key, None, fields.get("x-amz-security-token", ""))
        secret = getattr(credential, "secret_access_key", None)
        if secret is None:
            unknown: Response = s3.error(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                403,
            )
            return unknown
        computed: str = calculate(secret, day, region, "s3", fields["policy"])
        if hmac.compare_digest(computed.encode(), fields["x-amz-signature"].encode()):
            return None
        code, message = MISMATCH[:2]
        forged: Response = s3.error(code, message, 403)
        return forged

    @S3.enforce_signed_post_policy.wrap
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
    del context
    target_of, preflight = app.s3_cors_target, s3.cors_preflight
    allowed = s3.cors_response_headers

    def bucket_of(headers: Record, path: str) -> tuple[str, str] | None:
        # Only browsers send it, and only S3's requests are signed for S3, or not signed at all.
        if "origin" not in headers or "x-amz-target" in headers:
            return None
        target: tuple[str, str] | None = target_of(headers.get("host", ""), path)
        return target

    before_options = app.handle_options_request

    def options(method: str, path: str, headers: Record, query: Record, request_id: str) -> Any:
        target = bucket_of(headers, path) if method == "OPTIONS" else None
        if target is None:
            return before_options(method, path, headers, query, request_id)
        status, answer, body = preflight(*target, headers)
        return status, {**answer, "x-amz-request-id": request_id}, body

    App.handle_options_request.replace(options)

    @App.dispatch_service_request.wrap
    def _(before: Function) -> Function:
        async def dispatch(method: str, path: str, headers: Record, *rest: Any, **keywords: Any) -> Response:
            status, answer, body = await before(method, path, headers, *rest, **keywords)
            target = bucket_of(headers, path)
            if target is not None:
                plain = {k: v for k, v in answer.items() if not k.lower().startswith(_ACCESS_CONTROL)}
                answer = {**plain, **allowed(target[0], method, headers)}
            return status, answer, body

        return dispatch
