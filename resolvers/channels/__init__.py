"""The channels that notify clients of a change, each one class in one file (``orders.ports.Channel``)."""
