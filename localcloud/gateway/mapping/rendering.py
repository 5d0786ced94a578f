"""Mapping templates, and what it means that one fails."""

from __future__ import annotations

import logging

from localcloud.contracts.mapping_templates import BodyUnreadable, Render, Rendered, TemplateFailed, Variables
from localcloud.gateway.errors import BadConfiguration, BodyRefused
from localcloud.gateway.mapping.sources import Exchange

log = logging.getLogger(__name__)


class Templates:
    """Renders the templates of requests and of answers.

    Parameters
    ----------
    render
        Velocity.
    """

    def __init__(self, render: Render) -> None:
        self._render = render

    def request(self, template: str, exchange: Exchange) -> Rendered:
        """Return what a template makes of a request.

        Raises
        ------
        BodyRefused
            It looks into a body that is no JSON.
        BadConfiguration
            It fails.
        """
        try:
            return self._render(template, _variables(exchange, exchange.body))
        except BodyUnreadable as problem:
            raise BodyRefused(str(problem)) from None
        except TemplateFailed as problem:
            raise _failed(problem) from None

    def answer(self, template: str, exchange: Exchange) -> Rendered:
        """Return what a template makes of an answer.

        Raises
        ------
        BadConfiguration
            It fails, or looks into an answer that is no JSON.
        """
        try:
            return self._render(template, _variables(exchange, exchange.answer_body))
        except TemplateFailed as problem:
            raise _failed(problem) from None


def _variables(exchange: Exchange, body: str) -> Variables:
    return Variables(body, exchange.parameters, exchange.context, exchange.stage_variables)


def _failed(problem: TemplateFailed) -> BadConfiguration:
    log.warning("A mapping template failed: %s", problem)
    return BadConfiguration()
