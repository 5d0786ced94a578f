"""Which route of an HTTP API a request takes.

Source: "Routes for HTTP APIs", route selection: a full match before one with variables, that before a
greedy one, and ``$default`` last. Unlike a REST API's, a route whose method does not fit is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from localcloud.gateway.definitions.http import DEFAULT, HttpRoute


@dataclass(frozen=True)
class HttpMatch:
    """A route, and what the path's parameters came to."""

    route: HttpRoute
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class _Candidate:
    rank: tuple[tuple[int, ...], bool]
    route: HttpRoute
    pattern: re.Pattern[str]


class HttpRouter:
    """Finds routes.

    Examples
    --------
    >>> from localcloud.gateway.definitions.rest import Unsupported
    >>> keys = ["GET /pets/dog", "ANY /pets/{id}", "GET /pets/{proxy+}", "$default"]
    >>> router = HttpRouter(HttpRoute(key, *key.rpartition(" ")[::2], Unsupported("")) for key in keys)
    >>> [router.find("GET", path).route.key for path in ("/pets/dog", "/pets/7", "/pets/7/toys", "/else")]
    ['GET /pets/dog', 'ANY /pets/{id}', 'GET /pets/{proxy+}', '$default']
    >>> router.find("GET", "/pets/7/toys").parameters
    {'proxy': '7/toys'}
    """

    def __init__(self, routes: Iterable[HttpRoute]) -> None:
        self._default: HttpRoute | None = None
        candidates: list[_Candidate] = []
        for route in routes:
            if route.key == DEFAULT:
                self._default = route
            else:
                candidates.append(_Candidate(_rank(route), route, _pattern(route.path)))
        self._candidates = sorted(candidates, key=lambda candidate: candidate.rank)

    def find(self, method: str, path: str) -> HttpMatch | None:
        """Return the route of a percent-encoded path without its stage; None when there is none."""
        normalized = path if path == "/" else path.removesuffix("/")
        for candidate in self._candidates:
            if candidate.route.method not in {method, "ANY"}:
                continue
            match = candidate.pattern.fullmatch(normalized)
            if match is not None:
                names = _names(candidate.route.path)
                values = (unquote(value, errors="replace") for value in match.groups())
                return HttpMatch(candidate.route, dict(zip(names, values, strict=True)))
        return HttpMatch(self._default, {}) if self._default is not None else None


def _names(path: str) -> list[str]:
    return [name.removesuffix("+") for name in re.findall(r"\{([^}]+)\}", path)]


def _rank(route: HttpRoute) -> tuple[tuple[int, ...], bool]:
    """Return how late a route is tried: by its segments first, by its method second."""
    segments = route.path.strip("/").split("/")
    kinds = tuple(2 if "+}" in segment else 1 if "{" in segment else 0 for segment in segments)
    return kinds, route.method == "ANY"


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path if path == "/" else path.removesuffix("/"))
    text = "".join(
        ("(.+)" if part.endswith("+}") else "([^/]+)") if part.startswith("{") else re.escape(part)
        for part in parts
    )
    return re.compile(text)
