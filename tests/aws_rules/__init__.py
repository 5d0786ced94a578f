"""AWS's own rules, where the local engine is laxer: every DynamoDB request, state machine and resolver of the
application is held against them, and each rule has a sample that it catches.
"""
