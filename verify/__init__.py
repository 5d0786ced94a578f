"""A short smoke of a deployed Orderwire, on AWS or on a local cloud: ``python -m verify --stack NAME``.

It makes a user, stock and two orders, and takes them away again. The tests never run it against AWS.
"""
