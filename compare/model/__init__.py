"""The model: what a channel costs, how late it is and what breaks first, at any number of orders.

``scenario`` says what is asked for, ``channels`` holds one file for each channel, ``forms`` the arithmetic,
``simulation`` the same by events with quotas as token buckets, ``against`` holds both to a measured report.
docs/model.md derives the formulas.
"""
