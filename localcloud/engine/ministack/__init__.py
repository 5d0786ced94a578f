"""MiniStack's modules, as the engine needs them: one typed facade for each, and nothing else names them.

A facade declares each name of its module that the engine reads (:class:`~.facade.Name`) or patches
(:class:`~.facade.Patch`). A patched name lists those that change it, innermost first, and is assigned once,
when its chain is complete. A facade loads its module with the first use.
"""
