"""The REST routes: one thin view each."""

from __future__ import annotations

from chalice.app import Blueprint

routes = Blueprint(__name__)
