"""A static site beside the local cloud: the page of whoever deploys here, on a port of its own."""
