"""Which of an API's methods a request names.

A resource is found by the path alone, and each of its segments goes to the most specific that there is: a
static one, then ``{parameter}``, then ``{greedy+}``. Only then the resource's methods are looked at: its own,
then ``ANY``. So a method that the resource lacks is refused, though a greedy resource above would have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from localcloud.gateway.definitions.rest import Route


@dataclass
class _Node:
    static: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    greedy: tuple[str, _Node] | None = None
    methods: dict[str, Route] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A route, and what the path's parameters came to (decoded)."""

    route: Route
    parameters: Mapping[str, str]


class Router:
    """Finds routes.

    Examples
    --------
    >>> from localcloud.gateway.definitions.rest import Mock
    >>> router = Router([Route("GET", "/orders/{id}", "r1", Mock()), Route("ANY", "/{proxy+}", "r2", Mock())])
    >>> router.find("GET", "/orders/a%20b").parameters
    {'id': 'a b'}
    >>> router.find("PUT", "/else/where").parameters
    {'proxy': 'else/where'}
    >>> router.find("PUT", "/orders/1") is None
    True
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._node_of(route.path).methods[route.method.upper()] = route

    def find(self, method: str, path: str) -> Match | None:
        """Return the route of a percent-encoded path without its stage; None when there is none."""
        segments = path.removeprefix("/").split("/")
        if segments[-1] == "":
            segments.pop()  # API Gateway takes `/orders/` for `/orders`
        parameters: dict[str, str] = {}
        node = _descend(self._root, segments, 0, parameters)
        if node is None:
            return None
        route = node.methods.get(method) or node.methods.get("ANY")
        return Match(route, parameters) if route is not None else None

    def _node_of(self, path: str) -> _Node:
        node = self._root
        for segment in filter(None, path.split("/")):
            if not (segment.startswith("{") and segment.endswith("}")):
                node = node.static.setdefault(segment, _Node())
                continue
            name = segment[1:-1]
            if name.endswith("+"):
                if node.greedy is None:
                    node.greedy = (name[:-1], _Node())
                node = node.greedy[1]
            else:
                if node.parameter is None:
                    node.parameter = (name, _Node())
                node = node.parameter[1]
        return node


def _descend(node: _Node, segments: list[str], at: int, parameters: dict[str, str]) -> _Node | None:
    if at == len(segments):
        return node if node.methods else None
    segment = unquote(segments[at], errors="replace")
    inner = node.static.get(segment)
    if inner is not None:
        ended = _descend(inner, segments, at + 1, parameters)
        if ended is not None:
            return ended
    if node.parameter is not None and segment:
        name, inner = node.parameter
        ended = _descend(inner, segments, at + 1, parameters)
        if ended is not None:
            parameters[name] = segment
            return ended
    if node.greedy is not None and node.greedy[1].methods:
        name, inner = node.greedy
        parameters[name] = unquote("/".join(segments[at:]), errors="replace")
        return inner
    return None
