"""Runs the authorizer of a REST method, whichever kind it is."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.auth.errors import SignatureInvalid
from localcloud.auth.permissions import Permissions
from localcloud.auth.principals import Principal, Principals
from localcloud.auth.sigv4 import verify_signature
from localcloud.auth.tokens import KeySource
from localcloud.front.authorizers.cognito import UserPoolTokens, claims_as_strings
from localcloud.front.authorizers.jwt_issuers import IssuerTokens
from localcloud.front.authorizers.lambda_function import LambdaAuthorizers, Question
from localcloud.front.definition import CognitoAuthorizer, Iam, JwtAuthorizer, LambdaAuthorizer
from localcloud.front.errors import MissingToken, SignatureRefused
from localcloud.front.mapping.sources import within
from localcloud.front.permitting import permit_caller
from localcloud.front.requests import JSON, Incoming
from localcloud.front.rest.events import Admitted, Call, request_context, request_parts


class Signatures:
    """Verifies what is signed for ``execute-api``, or for another ``service``.

    Parameters
    ----------
    permissions
        Says what a role may do; None: whoever can sign for the account may call.
    """

    def __init__(
        self,
        principals: Principals,
        region: str,
        *,
        service: str = "execute-api",
        permissions: Permissions | None = None,
    ) -> None:
        self._service, self._permissions = service, permissions
        self._principals = principals
        self._region = region

    def verify(self, incoming: Incoming) -> Principal:
        """Return who signed a request.

        Raises
        ------
        MissingToken
            When it is not signed.
        SignatureRefused
            When the signature does not hold.
        """
        if not incoming.lowered.get("authorization"):
            raise MissingToken
        try:
            return verify_signature(
                incoming.signed(), find=self._principals.find, region=self._region, service=self._service
            )
        except SignatureInvalid as problem:
            raise SignatureRefused(problem.message, error_type=problem.error_type) from None

    async def admit(self, incoming: Incoming, action: str, resource: str) -> Principal:
        """Return who signed a request, and may do what it asks.

        Raises
        ------
        MissingToken, SignatureRefused, AccessDenied
        """
        principal = self.verify(incoming)
        await permit_caller(self._permissions, principal, action, resource)
        return principal


def iam_identity(principal: Principal) -> dict[str, JSON]:
    """Return what an IAM caller adds to ``requestContext.identity``."""
    return {
        "accountId": principal.account,
        "accessKey": principal.access_key_id,
        "caller": principal.user_id,
        "user": principal.user_id,
        "userArn": principal.user_arn,
    }


class Gate:
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
        """Forget what authorizers answered: the API was deployed anew."""
        self._lambdas.forget()

    async def admit(self, call: Call) -> Admitted:
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

    def _method_arn(self, call: Call) -> str:
        scope = f"arn:aws:execute-api:{self._region}:{call.account}:{call.api.id}/{call.stage}"
        return f"{scope}/{call.incoming.method}{call.path}"

    def _question(self, call: Call) -> Question:
        return Question(
            self._method_arn(call),
            lambda source: _source(source, call),
            lambda: {**request_parts(call), "requestContext": request_context(call, Admitted())},
        )


def _source(source: str, call: Call) -> str | None:
    """Return the value of an identity source; ``context.X`` among those of REST APIs."""
    if source.startswith("context."):
        return within(request_context(call, Admitted()), source.removeprefix("context."))
    return identity_source(source, call.incoming, call.api.stages[call.stage])


def identity_source(source: str, incoming: Incoming, stage_variables: Mapping[str, str]) -> str | None:
    """Return the value of an identity source such as ``method.request.header.X``; None when it is missing."""
    kind, _, name = source.removeprefix("method.request.").removeprefix("route.request.").partition(".")
    match kind:
        case "header":
            return incoming.lowered.get(name.lower()) or None
        case "querystring" | "multivaluequerystring":
            values = incoming.parameters.get(name)
            return values[-1] if values else None
        case "stageVariables":
            return stage_variables.get(name) or None
    return None
