"""IAM at the engine's endpoint: every call with a role's credentials is held against policies."""

from localcloud.engine.iam.layer import AuthorizationLayer

__all__ = ["AuthorizationLayer"]
