"""What the shop does, in figures: counted from the changes of its orders, each of them once.

::

    Kinesis -> counting.count_events -> FiguresStore    a transaction: what orders were counted for, and sums
                                            |
    figures.read_figures  <-----------------+           the query, and what a window's end publishes

A stream repeats records, and brings them late and out of order. What was counted of an order is
therefore kept beside the sums and written with them (``memory``): a change counts once, however
often it comes.
"""
