"""A CloudFormation template on one machine: the AWS engine, the Lambda service, the AppSync data plane.

``python -m localcloud TEMPLATE`` deploys any template to the engine and serves what it made.
Nothing in here knows the application: it reads the template it is given, and nothing else.
"""
