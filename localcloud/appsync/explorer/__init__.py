"""GraphiQL at the address of an API, let in by every mode that the API has."""

from localcloud.appsync.explorer.doors import Explorer

__all__ = ["Explorer"]
