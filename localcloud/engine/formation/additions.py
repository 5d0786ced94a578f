"""What CloudFormation is given beyond MiniStack's types, with pipes and schedules."""

from __future__ import annotations

from localcloud.engine import pipes, scheduler
from localcloud.engine.feed import Feed
from localcloud.engine.formation.accepted import accept_types
from localcloud.engine.formation.graphql_types import GraphqlTypes
from localcloud.engine.formation.inline import add_inline_types
from localcloud.engine.formation.stand_ins import stand_in_for_types


def add_types(feed: Feed) -> None:
    """Add the types; to be called after the mends and the services."""
    pipes.install(feed)
    scheduler.install()
    accept_types()
    stand_in_for_types()
    add_inline_types()
    GraphqlTypes(feed).install()
