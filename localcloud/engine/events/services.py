"""The engine's services, as EventBridge's deliveries reach them."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.aws import Credentials
from localcloud.deliveries.facade import (
    CallDestination,
    ConnectionBroken,
    Elsewhere,
    Invocation,
    NobodyThere,
    NoReply,
    NotHere,
    TooLate,
    Web,
    WebReply,
    WebRequest,
    signed,
)
from localcloud.engine.asgi import Application
from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.deliveries.targets import local_address
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.appsync import appsync
from localcloud.engine.ministack.eventbridge import eventbridge
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.sqs import sqs
from localcloud.engine.ministack.types import Store
from localcloud.engine.patching import Record
from localcloud.engine.settings import Settings

Forward = Callable[[Invocation, str], bool]


class EngineServices(Calling):
    """Calls services in this process, the Lambda service, and addresses on this machine.

    Parameters
    ----------
    forward
        Puts an event on another bus.
    """

    def __init__(
        self, application: Application, gate: EngineGate, settings: Settings, forward: Forward
    ) -> None:
        super().__init__(application, gate, settings)
        self._forward = forward
        self._events = eventbridge
        self._by_arn = sqs.queue_by_arn
        self._scope = responses.request_scope
        self._web = Web(reach=lambda address: local_address(address, settings.port))

    async def fetch(self, request: WebRequest, seconds: float) -> WebReply:
        """Send a request to an address on this machine."""
        try:
            answer = await self._web.exchange(
                request.method, request.url, request.headers, request.body, seconds=seconds
            )
        except NotHere as error:
            raise Elsewhere(str(error)) from None
        except TimeoutError as error:
            raise TooLate(str(error)) from None
        except (NobodyThere, ConnectionBroken) as error:
            raise NoReply(str(error)) from None
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return WebReply(answer.status, lowered, answer.body)

    def signed(self, place: CallDestination, service: str, request: WebRequest) -> WebRequest:
        """Return a request with a signature of the account's key."""
        credentials = Credentials(place.account, self._settings.secret)
        return signed(request, credentials, service=service, region=place.region)

    def queue_url(self, arn: str) -> str | None:
        """Return a queue's address."""
        queue: Record | None = self._by_arn(arn)
        return None if queue is None else str(queue["url"])

    def graphql_url(self, place: CallDestination, api: str) -> str | None:
        """Return where a GraphQL API is served."""
        with self._scope(place.account, place.region):
            record: Record | None = appsync.apis.get(api)
        return None if record is None else str(record["uris"]["GRAPHQL"])

    def api_url(self, api: str) -> str:
        """Return where a REST API's stages are."""
        return f"http://127.0.0.1:{self._settings.port}/_aws/execute-api/{api}"

    def api_destination(self, arn: str) -> Record | None:
        """Return the record of an API destination."""
        return self._record(self._events.api_destinations, arn)

    def connection(self, arn: str) -> Record | None:
        """Return the record of a connection, with its secrets."""
        return self._record(self._events.connections, arn)

    def forward(self, invocation: Invocation, bus: str) -> bool:
        """Put an event on another bus."""
        return self._forward(invocation, bus)

    def _record(self, registry: Store, arn: str) -> Record | None:
        parts = arn.split(":", 5)
        # AWS adds an id behind the name.
        name = parts[-1].split("/")
        if len(parts) != 6 or len(name) < 2:
            return None
        with self._scope(parts[4], parts[3]):
            record: Record | None = registry.get(name[1])
        return record
