"""Runs the authorizer of a REST method, whichever kind it is."""

from __future__ import annotations

from localcloud.auth.tokens import KeySource
from localcloud.gateway.authorizers.cognito import UserPoolTokens, claims_as_strings
from localcloud.gateway.authorizers.jwt_issuers import IssuerTokens
from localcloud.gateway.authorizers.lambda_function import LambdaAuthorizers, Question, identity_source
from localcloud.gateway.authorizers.signatures import Signatures, iam_identity
from localcloud.gateway.definitions.rest import CognitoAuthorizer, Iam, JwtAuthorizer, LambdaAuthorizer
from localcloud.gateway.mapping.sources import within
from localcloud.gateway.rest.events import Admitted, RestCall, request_context, request_parts


class RestGate:
    """Lets the callers of a REST API in, or says why not.

    Parameters
    ----------
    keys
        Where the public keys of user pools are found.
    issuers
        Verifies tokens of other issuers.
    signatures
        Verifies signatures.
    lambdas
        Asks Lambda authorizers.
    """

    def __init__(
        self,
        *,
        keys: KeySource,
        issuers: IssuerTokens,
        signatures: Signatures,
        lambdas: LambdaAuthorizers,
        region: str,
    ) -> None:
        self._issuers = issuers
        self._tokens = UserPoolTokens(keys)
        self._signatures = signatures
        self._lambdas = lambdas
        self._region = region

    def forget(self) -> None:
        """Forget what authorizers answered: the API was redeployed."""
        self._lambdas.forget()

    async def admit(self, call: RestCall) -> Admitted:
        """Return what the method's authorizer lets through.

        Raises
        ------
        Refused
            When it does not.
        """
        match call.match.route.authorizer:
            case None:
                return Admitted()
            case CognitoAuthorizer() as pools:
                claims = await self._tokens.admit(pools, call.incoming)
                return Admitted({"claims": claims_as_strings(claims)})
            case JwtAuthorizer() as trusting:
                claims = await self._issuers.admit(trusting, call.incoming)
                return Admitted({"claims": claims_as_strings(claims)})
            case Iam():
                invoke = "execute-api:Invoke", self._method_arn(call)
                return Admitted(identity=iam_identity(await self._signatures.admit(call.incoming, *invoke)))
            case LambdaAuthorizer() as authorizer:
                context, usage_key = await self._lambdas.grant(authorizer, self._question(call))
                return Admitted(context, usage_key=usage_key)

    def _method_arn(self, call: RestCall) -> str:
        scope = f"arn:aws:execute-api:{self._region}:{call.account}:{call.api.id}/{call.stage}"
        return f"{scope}/{call.incoming.method}{call.path}"

    def _question(self, call: RestCall) -> Question:
        return Question(
            self._method_arn(call),
            lambda source: _source(source, call),
            lambda: {**request_parts(call), "requestContext": request_context(call, Admitted())},
        )


def _source(source: str, call: RestCall) -> str | None:
    """Return the value of an identity source; ``context.X`` among those of REST APIs."""
    if source.startswith("context."):
        return within(request_context(call, Admitted()), source.removeprefix("context."))
    return identity_source(source, call.incoming, call.api.stages[call.stage])
