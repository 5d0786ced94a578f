"""The fault campaign: many orders while everything that can fail does, and the books at the end.

``make faults`` runs it. A seed decides what is bought, by which way in, and which fault strikes when.
"""
