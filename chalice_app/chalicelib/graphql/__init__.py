"""``POST /graphql``: the contract of ``schema.graphql`` without AppSync, with Strawberry.

``routes`` is all that the application imports at its start. The rest, and Strawberry with it, is
imported when the first request comes.
"""
