"""The prepared parent: a process with the runtime's own part imported, and its forks.

It runs outside of the project's environment, and so imports nothing but the standard library, AWS's
packages and this folder. The local cloud's side is ``prepared``.
"""
