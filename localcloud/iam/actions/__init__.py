"""What calls need: from an API's operation to IAM's actions, the resources, and the condition keys.

Source: the Service Authorization Reference, a page for each service.
"""

from localcloud.iam.actions.call import ApiCall, Lookups, Need
from localcloud.iam.actions.table import needs

__all__ = ["ApiCall", "Lookups", "Need", "needs"]
