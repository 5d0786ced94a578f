"""Where the engine is and how to talk to it: one address, one set of credentials, boto3 clients."""

from localcloud.aws.address import Credentials, EngineAddress, forget_models, new_credentials

__all__ = ["Credentials", "EngineAddress", "forget_models", "new_credentials"]
