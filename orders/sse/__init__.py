"""Server-Sent Events: what a stream of an order's changes says, and when it ends.

``framing`` writes events, ``cursor`` is the id that resumes a stream of several orders, ``watching`` waits
for news, ``one_order`` and ``my_orders`` decide what is sent of it, and ``stream`` puts these together.
"""
