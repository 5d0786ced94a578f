"""GraphiQL at the address of an API, let in by every mode that the API has."""

from localcloud.appsync.explorer.endpoint import Explorer

__all__ = ["Explorer"]
