"""Comments before an enum's value that AppSync's parser takes for literals: it refuses the whole schema.

AppSync keeps a comment as the description of what follows it, and reads ``null``, ``true`` and ``false``
there as tokens; before fields it does not. Source: https://github.com/aws/aws-appsync-community/issues/410
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graphql import GraphQLEnumType
from graphql.language import EnumTypeDefinitionNode, EnumTypeExtensionNode, TokenKind

from localcloud.check.finding import Finding, Severity
from localcloud.check.schemas import Checked

_LITERAL: Final = re.compile(r"\b(null|true|false)\b")


def check_enum_comments(checked: Checked) -> Iterator[Finding]:
    """Find such comments."""
    for named_type in checked.schema.graphql.type_map.values():
        if not isinstance(named_type, GraphQLEnumType) or named_type.ast_node is None:
            continue
        definitions = (named_type.ast_node, *named_type.extension_ast_nodes)
        for node in definitions:
            assert isinstance(node, EnumTypeDefinitionNode | EnumTypeExtensionNode)
            for value in node.values or ():
                token = value.loc.start_token.prev if value.loc else None
                while token is not None and token.kind is TokenKind.COMMENT:
                    if literal := _LITERAL.search(token.value or ""):
                        message = (
                            f"AppSync refuses a schema with {literal[1]} in a comment before the value of an "
                            f"enum ({named_type.name}.{value.name.value}): reword the comment"
                        )
                        yield Finding(checked.text.at(token.line), Severity.WARNING, "enum-comment", message)
                    token = token.prev
