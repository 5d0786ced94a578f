"""Each mend is still needed: without it, its contract breaks.

A new MiniStack that makes a mend needless fails here; then the mend goes.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from localcloud.engine import mends
from localcloud.engine.patching import MENDS
from tests.engine import (
    test_appsync_apis,
    test_appsync_cache,
    test_appsync_evaluate,
    test_appsync_events,
    test_appsync_resolvers,
    test_cloudformation,
    test_cognito,
    test_custom_resources,
    test_dynamodb,
    test_feed,
    test_function_rules,
    test_function_urls,
    test_functions,
    test_gateway_declared,
    test_gateway_rest,
    test_gateway_streaming,
    test_iam,
    test_invocations,
    test_iot,
    test_named_queries,
    test_nested_stacks,
    test_presigned,
    test_queue_groups,
    test_queue_moves,
    test_queue_receipts,
    test_queue_redrive,
    test_queue_traces,
    test_queues,
    test_s3_forms,
)
from tests.engine.patience import impatience
from tests.engine.world import World

CONTRACTS: dict[str, Callable[[World], None]] = {
    "cloudformation.boundaries": test_iam.check_boundaries,
    "appsync.addresses": test_appsync_apis.check_addresses,
    "appsync.update_api": test_appsync_apis.check_update_api,
    "appsync.api_keys": test_appsync_apis.check_api_keys,
    "appsync.cache": test_appsync_cache.check_cache,
    "appsync.evaluate": test_appsync_evaluate.check_evaluate,
    "appsync.functions": test_appsync_resolvers.check_functions,
    "appsync.s3_locations": test_appsync_resolvers.check_s3_locations,
    "appsync.event_resources": test_appsync_events.check_event_resources,
    "appsync.event_addresses": test_appsync_events.check_event_addresses,
    "appsync.event_namespaces": test_appsync_events.check_event_namespaces,
    "appsync.event_keys": test_appsync_events.check_event_keys,
    "appsync.event_sources": test_appsync_events.check_event_sources,
    "athena.named_queries": test_named_queries.check_named_queries,
    "cloudformation.conditions": test_cloudformation.check_conditions,
    "cloudformation.allowed_values": test_cloudformation.check_allowed_values,
    "cloudformation.outputs": test_cloudformation.check_outputs,
    "cloudformation.secrets": test_cloudformation.check_secrets,
    "ssm.published": test_cloudformation.check_published,
    "cloudformation.nested": test_nested_stacks.check_nested,
    "cloudformation.custom_resources": test_custom_resources.check_custom_resources,
    "cognito.provider_url": test_cognito.check_provider_url,
    "dynamodb.ttl": test_dynamodb.check_ttl,
    "dynamodb.stream_size": test_dynamodb.check_stream_size,
    "dynamodb.overlapping_paths": test_dynamodb.check_overlapping_paths,
    "lambda.invoke": test_invocations.check_invoke,
    "lambda.accepted_events": test_invocations.check_accepted_events,
    "lambda.json_payloads": test_invocations.check_json_payloads,
    "lambda.inline_code": test_custom_resources.check_inline_code,
    "lambda.no_pollers": test_functions.check_no_pollers,
    "lambda.active_at_once": test_functions.check_active_at_once,
    "lambda.function_properties": test_functions.check_function_properties,
    "lambda.event_invoke_config": test_functions.check_event_invoke_config,
    "lambda.layer_content": test_functions.check_layer_content,
    "lambda.version_code": test_functions.check_version_code,
    "lambda.event_invoke_rules": test_function_rules.check_event_invoke_rules,
    "lambda.dead_letter_rules": test_function_rules.check_dead_letter_rules,
    "lambda.mapping_rules": test_function_rules.check_mapping_rules,
    "lambda.stream_consumers": test_function_rules.check_stream_consumers,
    "lambda.mapping_properties": test_functions.check_mapping_properties,
    "gateway.rest_patches": test_gateway_rest.check_rest_patches,
    "gateway.rest_deployments": test_gateway_rest.check_rest_deployments,
    "gateway.method_properties": test_gateway_declared.check_method_properties,
    "gateway.api_properties": test_gateway_declared.check_api_properties,
    "gateway.stage_properties": test_gateway_declared.check_stage_properties,
    "gateway.patches": test_gateway_declared.check_patches,
    "gateway.jwt_authorizers": test_gateway_declared.check_jwt_authorizers,
    "gateway.transfer_mode": test_gateway_streaming.check_transfer_mode,
    "lambda.url_addresses": test_function_urls.check_url_addresses,
    "gateway.import": test_gateway_rest.check_import,
    "gateway.import_operations": test_gateway_rest.check_import_operations,
    "gateway.body_updates": test_gateway_rest.check_body_updates,
    "gateway.body_location": test_gateway_rest.check_body_location,
    "iot.authorizers": test_iot.check_authorizers,
    "iot.endpoint": test_iot.check_endpoint,
    "iot.topic_slashes": test_iot.check_topic_slashes,
    "s3.presigned": test_presigned.check_presigned,
    "s3.forms": test_s3_forms.check_forms,
    "s3.origins": test_s3_forms.check_origins,
    "sqs.traces": test_queue_traces.check_traces,
    "sqs.receipts": test_queue_receipts.check_receipts,
    "sqs.groups": test_queue_groups.check_groups,
    "sqs.moves": test_queue_moves.check_moves,
    "sqs.redrive_allow": test_queue_redrive.check_redrive_allow,
    "sqs.long_poll": test_queues.check_long_poll,
    "sqs.arrivals": test_feed.check_arrivals,
    "feed.streams": test_feed.check_feed_streams,
    "feed.functions": test_feed.check_feed_functions,
    "feed.appsync": test_feed.check_feed_appsync,
    "feed.gateway": test_feed.check_feed_gateway,
}


def test_every_mend_has_a_contract() -> None:
    for module in mends.MODULES:
        import_module(f"localcloud.engine.mends.{module}")
    assert set(MENDS) == set(CONTRACTS)


@pytest.mark.slow
@pytest.mark.parametrize("mend", CONTRACTS)
def test_contract_breaks_without_its_mend(mend: str) -> None:
    # It is MiniStack that needs the mend: what goes round it says nothing.
    world = World(without=mend, short_ways=False)
    try:
        # However it breaks, it must; pytest's own failure is no Exception.
        with impatience(5), pytest.raises((Exception, pytest.fail.Exception)):
            CONTRACTS[mend](world)
    finally:
        world.close()
