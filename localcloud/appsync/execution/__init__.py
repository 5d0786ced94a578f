"""GraphQL execution with AppSync's rules: schema, validation wording, scalars, the executor, projections."""
