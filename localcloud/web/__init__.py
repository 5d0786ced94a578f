"""A static site beside the local cloud: the application's page, on a port of its own."""
