"""The Amazon States Language's data expressions, compiled once and evaluated against a scope.

========================  ===================================================================
:mod:`.paths`             JSONPath: ``compile_path``, and ``compile_reference`` for ResultPath
:mod:`.intrinsics`        ``States.Format(…)`` and its kin: ``compile_intrinsic``
:mod:`.templates`         Parameters, ItemSelector, ResultSelector, Assign: ``compile_template``
:mod:`.jsonata`           ``{% … %}`` in any field: ``compile_jsonata``
:mod:`.choices`           the rules of a Choice: ``compile_rule``, ``compile_condition``
:mod:`.timestamps`        ``parse_timestamp``
:mod:`.text`              JSON as AWS writes it: ``to_text``
========================  ===================================================================

Nothing here waits, calls a service or knows what a state is.
"""
