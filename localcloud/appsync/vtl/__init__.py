"""VTL mapping templates: Velocity 1.7 as AppSync speaks it, made into JavaScript for the same QuickJS.

A template becomes a module with a ``request`` or ``response`` handler, so one driver runs pipelines of
templates and of JavaScript, with one ``util``, one stash, and QuickJS's limits of time and memory.
"""
