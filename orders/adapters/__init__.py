"""The core's ports, kept with AWS. Clients are handed in; ``clients.py`` makes them when first needed."""
