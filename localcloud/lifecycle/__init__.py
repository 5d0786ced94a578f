"""A local cloud from its start to its end: the parts, their order, and what runs beside them."""
