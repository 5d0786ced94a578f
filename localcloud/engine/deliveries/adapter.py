"""The place of SNS in the engine: requests, topics, resources, state."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import parse_qs

from localcloud.deliveries.facade import SnsError
from localcloud.engine.asgi import Application
from localcloud.engine.deliveries.api import Api, SnsCaller
from localcloud.engine.deliveries.attributes import set_topic
from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.deliveries.formation import SnsFormation
from localcloud.engine.deliveries.forms import Form, Parameters
from localcloud.engine.deliveries.keys import Keys
from localcloud.engine.deliveries.neighbours import Neighbours
from localcloud.engine.deliveries.publishing import Publishing
from localcloud.engine.deliveries.records import Records
from localcloud.engine.deliveries.sending import Sending, logger
from localcloud.engine.deliveries.subscribing import REASON, Subscribing
from localcloud.engine.deliveries.targets import SnsJournal
from localcloud.engine.gate import EngineGate
from localcloud.engine.measures import measure_publication
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.sns import SNS, sns
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.settings import Settings
from localcloud.journal import Journal


class SnsAdapter:
    """Puts deliveries between MiniStack's topics and their subscribers.

    Parameters
    ----------
    sns
        MiniStack's module.
    """

    def __init__(self, sns: SNS, application: Application, gate: EngineGate, settings: Settings) -> None:
        self._sns = sns
        self._account: Callable[[], str] = responses.get_account_id
        self._scope = responses.request_scope
        self._signed = contextvars.ContextVar("signed", default=True)
        self.keys = Keys(settings.region)
        self._records = Records(sns)
        calling = Calling(application, gate, settings)
        self._sending = Sending(self._records, self.keys, gate, settings, calling=calling, scope=self._scope)
        self._subscribing = Subscribing(self._records, self._sending.confirm, self.keys.prepare)
        self._publishing = Publishing(self._sending.send, partial(measure_publication, gate.meter.metrics))

    @property
    def journal(self) -> SnsJournal:
        """The listeners for the ends of deliveries: each adds itself."""
        return self._sending.journal

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this event loop."""
        self._sending.attach(loop)

    def keep_in(self, journal: Journal) -> None:
        """Keep in the journal what has not come to its end."""
        self._sending.keep_in(journal)

    def resume(self) -> None:
        """Go on with what the process before had not brought to its end."""
        self._sending.resume()

    def close(self) -> None:
        """Nothing is left to be written."""

    def stop(self) -> None:
        """End what waits for another attempt, and say so."""
        self._sending.stop()

    def install(self) -> None:
        """Take over from MiniStack."""
        Api(self._sns, self._records, self._subscribing, self._publishing, self._caller).install()
        SnsFormation(self._records, self._subscribing, self._account).install()
        Neighbours(self._sns, self._records, self._publishing).install()
        self._wrap_requests()
        self._wrap_topics()
        self._keep()

    def _caller(self) -> SnsCaller:
        return SnsCaller(self._account(), self._signed.get())

    def _wrap_requests(self) -> None:
        """Distinguish signed requests from a SubscribeURL's, whose account and Region are their ARN's."""

        @SNS.handle_request.wrap
        def _(before: Function) -> Function:
            async def handle(
                method: str, path: str, headers: Mapping[str, str], body: bytes, query: Parameters
            ) -> Response:
                signed = "authorization" in headers or "X-Amz-Signature" in query
                token = self._signed.set(signed)
                try:
                    place = None if signed else place_of(query, body)
                    if place is None:
                        response: Response = await before(method, path, headers, body, query)
                    else:
                        with self._scope(*place):
                            response = await before(method, path, headers, body, query)
                    return response
                finally:
                    self._signed.reset(token)

            return handle

    def _wrap_topics(self) -> None:
        """Check what new topics are given, and say in AWS's words that there is no topic."""
        refuse = self._sns.error

        @SNS.get_topic.wrap
        def _(before: Function) -> Function:
            def find(arn: str, action: str | None = None) -> tuple[Record | None, Response | None]:
                topic, refusal = before(arn, action)
                if topic is None:
                    try:
                        self._records.topic(arn)
                    except SnsError as error:
                        refusal = refuse(error.code, error.message, error.status)
                return topic, refusal

            return find

        @SNS.create_topic.wrap
        def _(before: Function) -> Function:
            def create(parameters: Parameters) -> Response:
                form = Form(parameters)
                draft: Record = {"attributes": {}, "subscriptions": []}
                try:
                    set_topic(draft, form.pairs("Attributes"), REASON)
                except SnsError as error:
                    refusal: Response = refuse(error.code, error.message, error.status)
                    return refusal
                response: Response = before(parameters)
                for topic in self._records.of_region():
                    if topic["name"] == form.text("Name"):
                        set_topic(topic, {})
                return response

            return create

    def _keep(self) -> None:
        """Keep the key with MiniStack's state: receivers may have pinned its certificate."""

        @SNS.get_state.wrap
        def _(before: Function) -> Function:
            return lambda: {**before(), "localcloud_key": self.keys.saved()}

        def restore(data: Record | None) -> None:
            self._sns.restore_state(data)
            self.keys.load((data or {}).get("localcloud_key"))

        SNS.load_persisted_state.replace(restore)


def place_of(query: Parameters, body: bytes) -> tuple[str, str] | None:
    """Return account and Region of the ARN in an unsigned request; None where it has none.

    Examples
    --------
    >>> place_of({"TopicArn": "arn:aws:sns:eu-west-1:000000000000:orders"}, b"")
    ('000000000000', 'eu-west-1')
    """
    form = Form({**parse_qs(body.decode("utf-8", "replace")), **query})
    parts = (form.get("SubscriptionArn") or form.get("TopicArn") or "").split(":")
    return (parts[4], parts[3]) if len(parts) >= 6 and parts[3] and parts[4] else None


def install(application: Application, gate: EngineGate, settings: Settings) -> SnsAdapter:
    """Put our deliveries in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for SNS in another way than it did.
    """
    # MiniStack lets errors alone through; a lost message is worth a line.
    logger.setLevel(logging.INFO)
    adapter = SnsAdapter(sns, application, gate, settings)
    adapter.install()
    return adapter
