"""The fake server's webhooks: registered over GraphQL, verified and delivered as Orderwire and SNS do."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from clients.webhook_settings import WebhookSettings
from clients.webhooks.envelope import Secret
from tests.clients.webhooks.pki import ADDRESS, TOPIC, Sns, issue, root

FIELDS = {"webhooks", "registerWebhook", "verifyWebhook", "removeWebhook"}
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class FakeSns:
    """Keeps webhooks; a change is posted to those of its customer that are ACTIVE."""

    def __init__(self) -> None:
        trusted = root()
        # A century: what is made for a test must not end.
        leaf = issue("sns", 1, trusted, names=("sns.amazonaws.com",), ends=timedelta(days=36500))
        self._files = {"ca.pem": trusted.pem, ADDRESS.rpartition("/")[2]: leaf.pem}
        self._sns = Sns(leaf.key)
        self.url = ""
        self.kept: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}
        self.refused = 0
        self._tokens: dict[str, str] = {}

    @property
    def settings(self) -> WebhookSettings:
        return WebhookSettings(certificates=f"{self.url}/", authority=f"{self.url}/ca.pem")

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self._confirm)
        app.router.add_get("/{name}.pem", self._file)

    async def open(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def answer(self, name: str, user: str, variables: dict[str, Any]) -> Any:
        match name:
            case "webhooks":
                return [hook for hook_id, hook in self.kept.items() if self.owners[hook_id] == user]
            case "registerWebhook":
                webhook_id = str(uuid.uuid4())
                self.owners[webhook_id] = user
                self.kept[webhook_id] = {
                    "id": webhook_id,
                    "statuses": None,
                    **variables["input"],
                    "status": "PENDING",
                    "topicArn": TOPIC,
                    "createdAt": "2026-11-30T00:00:00.000Z",
                }
                return {"webhook": dict(self.kept[webhook_id]), "secret": SECRET}
        if self.owners.get(variables["id"]) != user:
            raise LookupError(
                {"errorType": "WebhookNotFound", "message": "You have no webhook with this id."}
            )
        if name == "verifyWebhook":
            return await self._verify(variables["id"])
        return self.kept.pop(variables["id"])

    async def publish(self, change: dict[str, Any]) -> None:
        posts = [
            self._deliver(hook, change)
            for hook_id, hook in list(self.kept.items())
            if hook["status"] == "ACTIVE" and self.owners[hook_id] == change["customerId"]
        ]
        await asyncio.gather(*posts)

    async def _verify(self, webhook_id: str) -> dict[str, Any]:
        hook = self.kept[webhook_id]
        challenge = {"type": "challenge", "challenge": "abc", "webhookId": webhook_id, "topicArn": TOPIC}
        async with self._session.post(hook["url"], data=_message("challenge:abc", challenge)) as response:
            reply = await response.json() if response.status == 200 else None
        if reply != {"answer": Secret(SECRET).answer("abc")}:
            info = {"reason": "NO_ANSWER" if reply is None else "WRONG_ANSWER"}
            raise LookupError({"errorType": "WebhookNotVerified", "message": "no", "errorInfo": info})
        token = uuid.uuid4().hex
        self._tokens[token] = webhook_id
        url = f"{self.url}/?Action=ConfirmSubscription&Token={token}"
        await self._post(hook, self._sns.confirmation(SubscribeURL=url, **_stamp()))
        return hook

    async def _deliver(self, hook: dict[str, Any], change: dict[str, Any]) -> None:
        message = _message(f"{change['orderId']}:{change['version']}", {"type": "change", "change": change})
        raw = hook["delivery"] == "RAW"
        await self._post(hook, message.encode() if raw else self._sns.notification(message, **_stamp()))

    async def _post(self, hook: dict[str, Any], body: bytes) -> None:
        headers = {"Content-Type": "text/plain; charset=UTF-8"}
        async with self._session.post(hook["url"], data=body, headers=headers) as response:
            self.refused += response.status != 200

    async def _confirm(self, request: web.Request) -> web.Response:
        self.kept[self._tokens.pop(request.query["Token"])]["status"] = "ACTIVE"
        return web.Response(text="<ConfirmSubscriptionResponse/>")

    async def _file(self, request: web.Request) -> web.Response:
        body = self._files.get(request.path[1:])
        return web.Response(status=404) if body is None else web.Response(body=body)


def _stamp() -> dict[str, str]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"Timestamp": now.replace("+00:00", "Z"), "MessageId": str(uuid.uuid4())}


def _message(identity: str, payload: dict[str, Any]) -> str:
    seconds, text = int(time.time()), json.dumps(payload)
    signature = Secret(SECRET).sign(f"{identity}.{seconds}.{text}")
    return json.dumps({"id": identity, "time": seconds, "payload": text, "signatures": {"w": signature}})
