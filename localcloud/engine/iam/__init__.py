"""IAM at the engine's door: every call with a role's credentials is held against policies."""

from localcloud.engine.iam.door import AuthorizationLayer

__all__ = ["AuthorizationLayer"]
