"""Who is calling, and which fields they may see: credentials, identity documents, ``@aws_*`` directives."""
