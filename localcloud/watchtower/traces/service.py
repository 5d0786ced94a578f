"""X-Ray in the local cloud's own process: the daemon, what it keeps, and who decides on new traces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localcloud.watchtower.traces.arrivals import Deferred
from localcloud.watchtower.traces.daemon import Daemon
from localcloud.watchtower.traces.header import TraceHeader, new_trace_id
from localcloud.watchtower.traces.store import TraceStore

if TYPE_CHECKING:
    from localcloud.watchtower.traces.api import XRayApi
    from localcloud.watchtower.traces.otlp.exporter import Exporter
    from localcloud.watchtower.traces.rules import Rules


class XRay:
    """Collects what services record, and answers X-Ray's API.

    Parameters
    ----------
    region, account
        The local account's.
    warn
        Called with segments that came by UDP and were not taken.
    otlp
        Where everything is exported to as OpenTelemetry's spans; empty: nowhere.

    Attributes
    ----------
    address
        ``HOST:PORT`` of the daemon, for AWS_XRAY_DAEMON_ADDRESS.
    """

    def __init__(
        self,
        region: str,
        account: str,
        warn: Callable[[str], None] = lambda reason: None,
        *,
        otlp: str = "",
    ) -> None:
        self.address = ""
        self._place = f"arn:aws:xray:{region}:{account}"
        self._warned: set[str] = set()
        self._notify = warn
        self.store = TraceStore(refused=self._warn)
        self._daemon = Daemon(self.store, self._load, self._warn)
        self._otlp = otlp
        self._exporter: Exporter | None = None
        self._api: XRayApi | None = None
        self._rules: Rules | None = None

    @property
    def url(self) -> str:
        """Where X-Ray's API is answered."""
        return f"http://{self.address}"

    async def start(self, port: int = 0) -> None:
        """Open the daemon's sockets; 0 takes free ones.

        Raises
        ------
        OSError
            The port is in use.
        """
        self.address = f"127.0.0.1:{await self._daemon.start(port)}"
        if self._otlp:
            from localcloud.watchtower.traces.otlp.exporter import Exporter  # noqa: PLC0415

            self._exporter = Exporter(self.store, self._otlp, self._notify)
            await self._exporter.start()

    async def stop(self) -> None:
        """Close them, and export what is left."""
        await self._daemon.stop()
        if self._exporter is not None:
            await self._exporter.stop()

    def record(self, segment: Deferred) -> None:
        """Keep a segment of a service in this process; it is written when it is read."""
        self.store.receive(segment)

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        """Return the trace that a request belongs to: its caller's, or a new one; and whether it is recorded.

        Parameters
        ----------
        header
            The request's own, if it has one.
        service, kind
            The name and the type of the service that takes it, such as ``AWS::Lambda::Function``.
        request
            What else rules look at: the other members of `Sampled`.
        """
        header = header or TraceHeader(new_trace_id())
        if header.sampled is not None:
            return header
        return TraceHeader(header.root, header.parent, self._decides(service, kind, request))

    def _decides(self, service: str, kind: str, request: dict[str, str]) -> bool:
        if self._rules is None:  # where no rule was ever created, the Default rule samples everything
            return True
        from localcloud.watchtower.traces.sampling import Sampled  # noqa: PLC0415

        return self._rules.sampler.decide(Sampled(service, kind, **request))

    def _load(self) -> XRayApi:
        if self._api is None:
            # Most runs ask nothing: then none of this takes memory.
            from localcloud.watchtower.traces.api import XRayApi  # noqa: PLC0415
            from localcloud.watchtower.traces.groups import Groups  # noqa: PLC0415
            from localcloud.watchtower.traces.rules import Rules  # noqa: PLC0415

            self._rules = Rules(self._place)
            self._api = XRayApi(self.store, self._rules, Groups(self._place))
        return self._api

    def _warn(self, reason: str) -> None:
        # A client that is wrong once is wrong a thousand times.
        if reason not in self._warned and len(self._warned) < _WARNINGS:
            self._warned.add(reason)
            self._notify(reason)


_WARNINGS = 20
