"""Makes the endpoints of HTTP APIs."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.auth.issuers import IssuerKeys
from localcloud.aws import EngineAddress
from localcloud.gateway.authorizers.signatures import Signatures
from localcloud.gateway.definitions.http import HttpApi
from localcloud.gateway.http.authorizing import HttpGate
from localcloud.gateway.http.calling import HttpCalls
from localcloud.gateway.http.endpoint import HttpEndpoint
from localcloud.gateway.http.tokens import JwtTokens
from localcloud.gateway.invoking import FunctionInvoker
from localcloud.gateway.measuring import GatewayMeasures


@dataclass(frozen=True)
class HttpEndpoints:
    """What the endpoints of HTTP APIs have in common."""

    engine: EngineAddress
    issuers: IssuerKeys
    signatures: Signatures
    functions: FunctionInvoker
    calls: HttpCalls
    measures: GatewayMeasures

    def endpoint_of(self, api: HttpApi) -> HttpEndpoint:
        """Return the endpoint of an API."""
        gate = HttpGate(
            tokens=JwtTokens(self.issuers),
            signatures=self.signatures,
            functions=self.functions,
            region=self.engine.region,
        )
        return HttpEndpoint(
            api,
            gate=gate,
            functions=self.functions,
            calls=self.calls,
            account=self.engine.account,
            measures=self.measures,
        )
