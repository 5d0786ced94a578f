"""The data source ``AMAZON_DYNAMODB``: AppSync's request documents as calls of DynamoDB's own API."""
