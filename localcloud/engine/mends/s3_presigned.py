"""S3: addresses that are signed, checked as S3 checks them, in both versions of the signature."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Any

from localcloud.auth.session_keys import NOBODY, PREFIX, holder_of, session_keys
from localcloud.engine.mends.s3_signatures import (
    MISMATCH,
    PresignedRefused,
    check_headers,
    check_time,
    signature_2,
)
from localcloud.engine.ministack.app import app
from localcloud.engine.ministack.iam_evaluator import iam_evaluator
from localcloud.engine.ministack.s3 import S3, s3
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
)

UNSIGNED = "UNSIGNED-PAYLOAD"


class Checked:
    """Checks addresses, with the secrets of the local account and of what acts in it."""

    def __init__(self, s3: S3, context: Context) -> None:
        self._s3 = s3
        self._account = context.settings.account
        self._secret = context.settings.secret
        self._resolve = s3.resolve_credential

    def resolve(self, access_key_id: str, account: str | None = None, token: Any = None) -> Any:
        """Return the credential of an access key as MiniStack does, and of those that it does not know."""
        expected: str | None = None
        if access_key_id == self._account and self._secret:
            secret = self._secret
        elif access_key_id.startswith(PREFIX) and self._secret:
            resolved = self._resolve(access_key_id, account, token)
            if isinstance(resolved, iam_evaluator.ResolvedCredential):
                return resolved  # STS gave it out
            holder = holder_of(self._secret, access_key_id, str(token or ""))
            secret, expected = session_keys(self._secret, access_key_id, holder or NOBODY)
        else:
            return self._resolve(access_key_id, account, token)
        refusal = iam_evaluator.validate_session_token(expected, token)
        if refusal is not None:
            return refusal
        arn = f"arn:aws:iam::{self._account}:root"
        return iam_evaluator.ResolvedCredential(
            access_key_id, secret, self._account, arn, self._account, "Root", session_token=expected
        )

    def version_2(self, method: str, path: str, headers: Record, query: dict[str, str]) -> None:
        """Check an address of version 2."""
        expires = query["Expires"]
        if not expires.isdigit():
            raise PresignedRefused("AccessDenied", f"Invalid date (should be seconds since epoch): {expires}")
        if time.time() > int(expires):
            raise PresignedRefused(
                "AccessDenied",
                "Request has expired",
                Expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(expires))),
                ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            )
        key = query["AWSAccessKeyId"]
        credential = self.resolve(key, None, query.get("x-amz-security-token", ""))
        secret = getattr(credential, "secret_access_key", None)
        if secret is None:
            raise PresignedRefused(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                AWSAccessKeyId=key,
            )
        # Of a bucket that is named by the host, the signature covers the name as well.
        encoded = self._s3.url_quote(_bucket_of(headers) + path, safe="/-_.~")
        computed = signature_2(secret, method, encoded, headers, query)
        if not hmac.compare_digest(computed.encode(), query["Signature"].encode()):
            raise PresignedRefused(*MISMATCH)


def _bucket_of(headers: Record) -> str:
    """Return ``/BUCKET`` where the host names one; empty where the path does."""
    host = next((str(value) for name, value in headers.items() if name.lower() == "host"), "")
    bucket = app.extract_s3_vhost_bucket(host)
    return f"/{bucket}" if bucket else ""


def _parameters(query: Record) -> dict[str, str]:
    return {
        name: value[0] if isinstance(value, list) else str(value) for name, value in query.items() if value
    }


@mend("s3.presigned")
def signed_addresses_are_checked(context: Context) -> None:
    """Check an address's signature, time and headers before anything is done.

    MiniStack verifies version 4 against the secret ``test``, whatever the account's is, takes any time, and
    lets addresses of version 2, which botocore makes for us-east-1, pass unchecked.
    """
    checked = Checked(s3, context)
    S3.resolve_credential.replace(checked.resolve)

    @S3.build_canonical_request.wrap
    def _(before: Function) -> Function:
        def build(method: str, path: str, headers: Record, query: Record, signed: str) -> str:
            # It may be signed with its content's hash, which then is a parameter or a header.
            parameters = {name.lower(): value for name, value in _parameters(query).items()}
            content = (
                parameters.get("x-amz-content-sha256") or headers.get("x-amz-content-sha256") or UNSIGNED
            )
            canonical: str = before(method, path, headers, query, signed, payload_hash=content)
            return canonical

        return build

    def refusal(method: str, path: str, headers: Record, query: Record, before: Function) -> Response | None:
        parameters = _parameters(query)
        lower = {name.lower(): value for name, value in parameters.items()}
        try:
            if lower.get("x-amz-algorithm") == "AWS4-HMAC-SHA256" and "x-amz-signature" in lower:
                if "x-amz-expires" not in lower:
                    raise PresignedRefused(
                        "AuthorizationQueryParametersError",
                        "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                        "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                        "X-Amz-Expires parameters.",
                        400,
                    )
                check_time(lower.get("x-amz-date", ""), lower["x-amz-expires"], datetime.now(UTC))
                check_headers(headers, lower.get("x-amz-signedheaders", ""))
            elif {"AWSAccessKeyId", "Signature", "Expires"} <= parameters.keys():
                checked.version_2(method, path, headers, parameters)
        except PresignedRefused as error:
            answer: Response = s3.error(error.code, str(error), error.status, path, error.extra)
            return answer
        bad: Response | None = before(method, path, headers, query)
        return bad

    @S3.verify_presigned_sigv4.wrap
    def _(before: Function) -> Function:
        def verify(method: str, path: str, headers: Record, query: Record) -> Response | None:
            return refusal(method, path, headers, query, before) if query else None

        return verify

    @S3.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(
            method: str, path: str, headers: Record, body: bytes, query: Record, *rest: Any, **keywords: Any
        ) -> Response:
            content = headers.get("x-amz-content-sha256", "") if query and "X-Amz-Signature" in query else ""
            if len(content) == 64 and hashlib.sha256(body).hexdigest() != content:
                bad: Response = s3.error(
                    "XAmzContentSHA256Mismatch",
                    "The provided 'x-amz-content-sha256' header does not match what was computed.",
                    400,
                    path,
                )
                return bad
            answer: Response = await before(method, path, headers, body, query, *rest, **keywords)
            return answer

        return handle
