"""Where everything is: for programs in the ready file, for pages beside the site, for commands that ask."""
