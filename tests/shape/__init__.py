"""The deployed shape: template, workflow and resolvers, held against the contract and the core."""
