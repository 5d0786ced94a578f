"""What the engine reads and patches of MiniStack's `services.dynamodb`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from localcloud.engine.ministack.facade import Facade, Name, Patch, Variable
from localcloud.engine.ministack.types import Handler, Record, Response, Store

Tokens = list[tuple[str, str]]
Path = Sequence[str | int]
# Changes an item: with the expression's tokens, the values and names of the request, and the paths so far.
Apply = Callable[[Record, Tokens, Record, Mapping[str, str], set[tuple[str | int, ...]]], None]


class Copying(Protocol):
    """The module `copy`, as far as it is used."""

    def deepcopy(self, value: object, /) -> object:
        """Return a copy of a value and all that it holds."""


class DynamoDB(Facade, module="ministack.services.dynamodb"):
    """MiniStack's `services.dynamodb`."""

    accumulate_write_capacity: Patch[Callable[[Record, Record, Record | None, Record | None], None]] = Patch(
        "_accumulate_write_capacity", "hooks.capacity"
    )
    add_consumed_capacity: Patch[Callable[..., None]] = Patch("_add_consumed_capacity", "hooks.capacity")
    attribute_value_size: Patch[Callable[[Record], int]] = Patch("_attribute_value_size", "quick.values")
    batch_execute_statement: Patch[Callable[[Record], Response]] = Patch(
        "_batch_execute_statement", "durable.items"
    )
    batch_get_item: Patch[Callable[[Record], Response]] = Patch(
        "_batch_get_item", "hooks.capacity", "quick.reads"
    )
    batch_write_item: Patch[Callable[[Record], Response]] = Patch("_batch_write_item", "durable.items")
    build_change_record: Patch[Callable[[Record, str, Record | None, Record | None, str], Record]] = Patch(
        "_build_change_record", "hooks.commits", "dynamodb.stream_size"
    )
    conditional_check_failed: Patch[Callable[..., Response]] = Patch(
        "_conditional_check_failed", "hooks.capacity"
    )
    delete_item: Patch[Callable[[Record], Response]] = Patch("_delete_item", "durable.items")
    emit_stream_event: Patch[Callable[..., None]] = Patch(
        "_emit_stream_event", "feed.streams", "durable.items"
    )
    enable_kinesis_streaming_destination: Patch[Callable[[Record], Response]] = Patch(
        "_enable_kinesis_streaming_destination", "streams.tables"
    )
    execute_statement: Patch[Callable[[Record], Response]] = Patch("_execute_statement", "durable.items")
    execute_transaction: Patch[Callable[[Record], Response]] = Patch("_execute_transaction", "durable.items")
    fan_out_to_kinesis: Patch[Callable[[str, Record], None]] = Patch("_fan_out_to_kinesis", "streams.tables")
    get_item: Patch[Callable[[Record], Response]] = Patch("_get_item", "quick.reads")
    item_size_bytes: Patch[Callable[[Record], int]] = Patch("_item_size_bytes", "quick.values")
    items_replaced: Patch[Callable[[Record], None]] = Patch("_items_replaced", "durable.items")
    put_item: Patch[Callable[[Record], Response]] = Patch("_put_item", "quick.writes", "durable.items")
    query: Patch[Callable[[Record], Response]] = Patch("_query", "quick.reads")
    remove_item: Patch[Callable[[Record, str, str], Record | None]] = Patch(
        "_remove_item", "quick.partitions", "durable.items"
    )
    set_item: Patch[Callable[[Record, str, str, Record], Record | None]] = Patch(
        "_set_item", "quick.partitions", "durable.items"
    )
    transact_get_items: Patch[Callable[[Record], Response]] = Patch("_transact_get_items", "hooks.capacity")
    transact_write_items: Patch[Callable[[Record], Response]] = Patch(
        "_transact_write_items",
        "hooks.capacity",
        "dynamodb.overlapping_paths",
        "quick.transactions",
        "durable.items",
    )
    trim_stream_records: Patch[Callable[..., None]] = Patch("_trim_stream_records", "durable.items")
    txn_token_lookup: Patch[Callable[[str], Record | None]] = Patch("_txn_token_lookup", "quick.tokens")
    txn_token_store: Patch[Callable[[str, Record], None]] = Patch("_txn_token_store", "quick.tokens")
    update_item: Patch[Callable[[Record], Response]] = Patch(
        "_update_item", "dynamodb.overlapping_paths", "quick.writes", "durable.items"
    )
    copy_module: Patch[Copying] = Patch("copy", "speed")
    handle_request: Patch[Handler] = Patch("handle_request", "quick.requests", "durable.requests")
    new_uuid: Patch[Callable[[], str]] = Patch("new_uuid", "quick.requests")
    now_iso: Patch[Callable[[], str]] = Patch("now_iso", "quick.requests")

    aws_keywords: Name[frozenset[str]] = Name("AWS_KEYWORDS")
    ExprEval: Name[type[Any]] = Name("_ExprEval")
    stream_retention_seconds: Name[int] = Name("_STREAM_RETENTION_SECONDS")
    txn_token_ttl: Name[int] = Name("_TXN_TOKEN_TTL")
    backups: Name[Store] = Name("_backups")
    check_redundant_parens: Name[Callable[..., str | None]] = Name("_check_redundant_parens")
    check_reserved_keyword_usage: Name[Callable[[Tokens], str | None]] = Name("_check_reserved_keyword_usage")
    closed_streams: Name[Store] = Name("_closed_streams")
    condition_syntax_error: Name[Callable[[str, str], str | None]] = Name("_condition_syntax_error")
    contributor_insights: Name[Store] = Name("_contributor_insights")
    ddb_canonicalize_number: Name[Callable[[str], str | None]] = Name("_ddb_canonicalize_number")
    disable_kinesis_streaming_destination: Name[Callable[[Record], Response]] = Name(
        "_disable_kinesis_streaming_destination"
    )
    eval_set_value: Name[Callable[[Tokens, Record, Record, Mapping[str, str]], Record | None]] = Name(
        "_eval_set_value"
    )
    exports: Name[Store] = Name("_exports")
    get_at_path: Name[Callable[[Record, Path], Record | None]] = Name("_get_at_path")
    get_item_by_key: Name[Callable[[Record, Record], Record | None]] = Name("_get_item_by_key")
    imports: Name[Store] = Name("_imports")
    kinesis_destinations: Name[Store] = Name("_kinesis_destinations")
    normalize_table_name: Name[Callable[[str], str]] = Name("_normalize_table_name")
    number_size_bytes: Name[Callable[[str], int]] = Name("_number_size_bytes")
    older_validation_region: Name[Callable[[], bool]] = Name("_older_validation_region")
    parse_path_from_tokens: Name[Callable[[Tokens, Mapping[str, str]], list[str | int]]] = Name(
        "_parse_path_from_tokens"
    )
    pitr_settings: Name[Store] = Name("_pitr_settings")
    record_age_cutoff: Name[Callable[[Record, float], bool]] = Name("_record_age_cutoff")
    remove_at_path: Name[Callable[[Record, Path], None]] = Name("_remove_at_path")
    resource_policies: Name[Store] = Name("_resource_policies")
    set_at_path: Name[Callable[[Record, Path, Record], None]] = Name("_set_at_path")
    sort_key_value: Name[Callable[[Record | None, str], str | Decimal | bytes]] = Name("_sort_key_value")
    split_by_comma: Name[Callable[[Tokens], list[Tokens]]] = Name("_split_by_comma")
    stream_records: Name[Store] = Name("_stream_records")
    stream_seq_counter: Variable[int] = Variable("_stream_seq_counter")
    stream_trimmed: Name[Store] = Name("_stream_trimmed")
    tables: Name[Store] = Name("_tables")
    tags: Name[Store] = Name("_tags")
    tokenize: Name[Callable[[str], Tokens]] = Name("_tokenize")
    ttl_settings: Name[Store] = Name("_ttl_settings")
    txn_idempotency: Name[Store] = Name("_txn_idempotency")
    update_ttl: Name[Callable[[Record], Response]] = Name("_update_ttl")
    validate_expression_attrs: Name[Callable[..., Response]] = Name("_validate_expression_attrs")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    load_persisted_state: Name[Callable[[Record], None]] = Name("load_persisted_state")
    stream_records_since: Name[Callable[..., list[Record]]] = Name("stream_records_since")
    stream_start_position: Name[Callable[..., int]] = Name("stream_start_position")
    apply_add: Name[Apply] = Name("_apply_add")
    apply_delete: Name[Apply] = Name("_apply_delete")


dynamodb = DynamoDB()
