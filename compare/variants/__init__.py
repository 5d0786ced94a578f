"""Ways into the shop and orchestrators, compared as the channels are: the same orders, by turns, one runner.

``orderwire compare intake`` and ``orderwire compare orchestrators``. A variant is a class; ``FAMILIES`` lists
them.
"""
