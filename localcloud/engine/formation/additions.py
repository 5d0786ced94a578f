"""What CloudFormation is given beyond MiniStack's types; pipes, whose work is done elsewhere, among it."""

from __future__ import annotations

from localcloud.engine.feed import Feed
from localcloud.engine.formation.accepted import accept_types
from localcloud.engine.formation.graphql_types import GraphqlTypes
from localcloud.engine.formation.inline import add_inline_types
from localcloud.engine.pipes import take_the_place


def add_types(feed: Feed) -> None:
    """Add the types; to be called after the mends and the services."""
    take_the_place(feed)
    accept_types()
    add_inline_types()
    GraphqlTypes(feed).install()
