"""What an order's workflow went through: the states, in order, with times, retries and errors.

For staff alone. A trace holds names, times, counts and the names of errors: no inputs, no outputs, no
causes and no task tokens. They do not even reach this package, since `Event` has no place for them.

::

    definition --- graph_of ---> Graph --+
                                         +--> Trace --- trace_view ---> what callers get
    Events ------- steps_of ---> Steps --+
"""
