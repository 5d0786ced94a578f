"""A CloudFormation template on one machine: the AWS engine, the Lambda service, the AppSync data plane.

``python -m localcloud TEMPLATE`` deploys any template to the engine and serves what it creates.
Nothing in here knows the application: it reads the template it is given, and nothing else.
"""

__version__ = "0.2.0"
