"""What both kinds of API, GraphQL and Events, are served with: their ports, and how they are loaded."""
