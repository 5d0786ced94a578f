"""Environments forked from a parent that has the runtime's own part imported.

``parent`` asks (it is the local cloud's side); ``server``, ``warm``, ``documents`` and ``hidden``
run in the prepared parent itself, outside of the project's environment, and so import nothing but
the standard library, AWS's packages and one another.
"""
