"""The Amazon States Language's data expressions, compiled once and evaluated against a scope.

JSONPath (:mod:`.paths`), payload templates (:mod:`.templates`), intrinsic functions
(:mod:`.intrinsics`), JSONata (:mod:`.jsonata`) and Choice rules (:mod:`.choices`). Nothing here
waits, calls a service or knows what a state is.
"""
