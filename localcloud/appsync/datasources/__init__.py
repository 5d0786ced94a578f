"""Data sources: what a request document asks of NONE, Lambda, DynamoDB, HTTP or EventBridge."""
