"""Event source mappings: queues and table streams that invoke functions."""
