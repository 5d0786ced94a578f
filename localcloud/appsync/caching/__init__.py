"""AppSync's server-side cache: of whole answers, of every resolver's values, or of chosen resolvers'."""
