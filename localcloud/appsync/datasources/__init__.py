"""Data sources: what a resolver's request document asks, asked of NONE, Lambda, DynamoDB or HTTP."""
