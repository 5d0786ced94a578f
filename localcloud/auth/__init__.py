"""The walls that the data planes share: signatures, who stands behind a key, tokens of user pools."""
