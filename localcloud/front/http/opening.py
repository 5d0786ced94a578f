"""Makes the doors of HTTP APIs."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.auth.issuers import IssuerKeys
from localcloud.aws import EngineAddress
from localcloud.front.authorizers.signatures import Signatures
from localcloud.front.definitions.http import HttpApi
from localcloud.front.http.authorizing import HttpGate
from localcloud.front.http.calling import HttpCalls
from localcloud.front.http.door import HttpDoor
from localcloud.front.http.tokens import JwtTokens
from localcloud.front.invoking import FunctionInvoker
from localcloud.front.measuring import GatewayMeasures


@dataclass(frozen=True)
class HttpDoors:
    """What the doors of HTTP APIs have in common."""

    engine: EngineAddress
    issuers: IssuerKeys
    signatures: Signatures
    functions: FunctionInvoker
    calls: HttpCalls
    measures: GatewayMeasures

    def door_of(self, api: HttpApi) -> HttpDoor:
        """Return the door of an API."""
        gate = HttpGate(
            tokens=JwtTokens(self.issuers),
            signatures=self.signatures,
            functions=self.functions,
            region=self.engine.region,
        )
        return HttpDoor(
            api,
            gate=gate,
            functions=self.functions,
            calls=self.calls,
            account=self.engine.account,
            measures=self.measures,
        )
