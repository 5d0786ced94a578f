"""IAM at the engine's door: every call with a role's credentials is held against policies."""

from localcloud.engine.iam.door import Door
from localcloud.engine.iam.guard import Guard, Mode
from localcloud.engine.iam.identities import Identity
from localcloud.engine.iam.pages import IamPages

__all__ = ["Door", "Guard", "IamPages", "Identity", "Mode"]
