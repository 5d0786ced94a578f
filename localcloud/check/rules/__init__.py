"""The rules, a family to a module: each takes what was read and yields findings."""
