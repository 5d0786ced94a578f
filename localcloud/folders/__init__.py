"""Folders that outlive a run: the cache, and the data of a local cloud."""
