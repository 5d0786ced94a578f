"""IAM: the policy language, the evaluation of policies, what calls need, and what a refusal says.

Nothing here knows a store: the caller brings the policies. Source of the rules: "Policy evaluation
logic" and "IAM JSON policy elements" in the IAM user guide.
"""
