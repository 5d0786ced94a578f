"""APPSYNC_JS: what a resolver's JavaScript may say, and the QuickJS context that runs it."""
