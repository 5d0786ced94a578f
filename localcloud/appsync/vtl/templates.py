"""The mapping templates of a resolver or function, and what stands in for those that it does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from localcloud.appsync.js.modules import Module
    from localcloud.appsync.vtl.compiler import Role

# Without a request template a Lambda function gets the whole context, as from a direct resolver.
_DIRECT_REQUEST: Final = (
    '{"version":"2018-05-29","operation":"Invoke","payload":{"arguments":$util.toJson($ctx.arguments),'
    '"identity":$util.toJson($ctx.identity),"source":$util.toJson($ctx.source),'
    '"request":$util.toJson($ctx.request),"info":$util.toJson($ctx.info),'
    '"prev":$util.toJson($ctx.prev),"stash":$util.toJson($ctx.stash)}}'
)
_DIRECT_RESPONSE: Final = (
    "#if($ctx.error)$util.error($ctx.error.message, $ctx.error.type, $ctx.result)#end"
    "$util.toJson($ctx.result)"
)


@dataclass(frozen=True)
class Templates:
    """A resolver's or a function's templates; ``name`` is what messages call them by, less the ending."""

    name: str
    request: str | None
    response: str | None

    def step(self, *, unit: bool) -> tuple[Module, Module]:
        """Return the two modules around a data source.

        Raises
        ------
        CodeError
            One of them cannot be read.
        """
        return (
            self._module("request", "request", self.request or _DIRECT_REQUEST, unit=unit),
            self._module("response", "response", self.response or _DIRECT_RESPONSE, unit=unit),
        )

    def pipeline(self) -> tuple[Module | None, Module | None]:
        """Return the modules of a pipeline resolver's own templates, None for one that it does not have.

        Raises
        ------
        CodeError
            One of them cannot be read.
        """
        before = self.request and self._module("request", "before", self.request, unit=False)
        after = self.response and self._module("response", "after", self.response, unit=False)
        return before or None, after or None

    def _module(self, side: Literal["request", "response"], role: Role, text: str, *, unit: bool) -> Module:
        # When it is needed: most APIs have no templates, and start sooner without.
        from localcloud.appsync.vtl.compiler import compile_template  # noqa: PLC0415

        return compile_template(f"{self.name}.{side}.vtl", text, role, unit=unit)
