"""S3: forms hold for what was signed, and pages are let in by the bucket's own rules."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

from tests.engine.test_presigned import bucket, code, s3
from tests.engine.world import World

PAGE = "https://shop.example"
RULES = {"CORSRules": [{"AllowedOrigins": [PAGE], "AllowedMethods": ["POST"], "MaxAgeSeconds": 60}]}


def multipart(fields: dict[str, str], content: bytes) -> tuple[bytes, str]:
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    return b"".join(parts) + head + content + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit"


def send(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, parts.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def post(form: dict[str, Any], content: bytes, origin: str | None = None, **changed: str) -> Any:
    body, kind = multipart({**form["fields"], **changed}, content)
    headers = {"Content-Type": kind} | ({} if origin is None else {"Origin": origin})
    return send("POST", form["url"], body, headers)


def form_of(client: Any, name: str) -> dict[str, Any]:
    form: dict[str, Any] = client.generate_presigned_post(
        name, "in/a.csv", Conditions=[["content-length-range", 1, 10]], ExpiresIn=60
    )
    return form


def check_forms(world: World) -> None:
    name = bucket(world)
    form = form_of(s3(world), name)
    assert post(form, b"content")[0] == 204
    assert code(post(form, b"more content")[:2]) == (400, "EntityTooLarge")
    assert code(post(form, b"content", key="in/b.csv")[:2]) == (403, "AccessDenied")
    forged = post(form, b"forged", **{"x-amz-signature": "0" * 64})
    assert code(forged[:2]) == (403, "SignatureDoesNotMatch")
    other = form_of(s3(world, aws_secret_access_key="other"), name)
    assert code(post(other, b"forged")[:2]) == (403, "SignatureDoesNotMatch")
    assert world.client("s3").get_object(Bucket=name, Key="in/a.csv")["Body"].read() == b"content"


def check_origins(world: World) -> None:
    name = bucket(world)
    form = form_of(s3(world), name)
    preflight = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert send("OPTIONS", form["url"], b"", preflight)[0] == 403
    assert "access-control-allow-origin" not in post(form, b"content", PAGE)[2]
    world.client("s3").put_bucket_cors(Bucket=name, CORSConfiguration=RULES)
    status, _, headers = send("OPTIONS", form["url"], b"", preflight)
    assert (status, headers["access-control-allow-origin"]) == (200, PAGE)
    assert post(form, b"content", PAGE)[2]["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in post(form, b"content", "https://other.example")[2]


def test_form_upload_is_checked_against_its_policy(world: World) -> None:
    check_forms(world)


def test_form_upload_obeys_the_cors_rules_of_the_bucket(world: World) -> None:
    check_origins(world)
