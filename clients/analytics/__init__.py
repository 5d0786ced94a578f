"""The shop's figures for staff: live by GraphQL, and by SQL over all changes (Athena)."""
