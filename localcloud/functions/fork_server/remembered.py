"""What botocore computes again for each session and client, always with the same result.

A session registers some 140 handlers. For each it looks into the handler's signature, and through
a hundred aliases of its event's name: a fifth of what a cold start costs once the models are there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import cast

from botocore import handlers, hooks


class Remembered:
    """Names of events, and the signatures of botocore's own handlers, as the parent found them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def keep(self, emitter: hooks.BaseEventHooks) -> None:
        """Take over the names that a session's or a client's emitter has looked up."""
        self._names.update(vars(emitter)["_alias_name_cache"])

    def serve(self) -> None:
        """Have every emitter that is created from now on find what is kept."""
        create, names = hooks.EventAliaser.__init__, self._names
        look = cast("Callable[[object], object]", hooks.accepts_kwargs)
        own = [member for member in vars(handlers).values() if isinstance(member, FunctionType)]
        keywords = {handler: look(handler) for handler in own}

        @functools.wraps(create)
        def created(emitter: hooks.EventAliaser, *args: object, **kwargs: object) -> None:
            create(emitter, *args, **kwargs)  # type: ignore[arg-type]
            if vars(emitter)["_event_aliases"] == hooks.EVENT_ALIASES:
                vars(emitter)["_alias_name_cache"].update(names)

        @functools.wraps(look)
        def accepts_kwargs(handler: object) -> object:
            if isinstance(handler, FunctionType) and handler in keywords:
                return keywords[handler]
            return look(handler)

        hooks.EventAliaser.__init__ = created  # type: ignore[method-assign, assignment]
        vars(hooks)["accepts_kwargs"] = accepts_kwargs
