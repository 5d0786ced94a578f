"""From a template on disk to a running stack: read, package, name what is unsupported, deploy.

The same steps serve the local engine and AWS; only the boto3 clients that are given differ.
"""
