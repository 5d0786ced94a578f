"""The core: what an order is, what it may become, and what is done with it.

Nothing here knows an AWS service but through ``orders.ports``; ``orders.adapters`` keeps the
ports' promises with DynamoDB, SQS and Step Functions. The package imports none of the others.
"""
