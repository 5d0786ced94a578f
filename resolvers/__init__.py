"""What AppSync, the workflow, the queues and the table's stream invoke: thin Lambda handlers.

Each handler's module reads its event, calls one use case of ``orders`` and shapes the answer.
What each one needs, and may do, is this and no more:

==================  ===============================================  =======================================
module              environment                                      IAM actions
==================  ===============================================  =======================================
enqueue_order       ORDERS_TABLE, ORDER_QUEUE_URL, ORCHESTRATOR      dynamodb:PutItem, GetItem;
                                                                     sqs:SendMessage
start_orders        ORDERS_TABLE, STATE_MACHINE_ARN,                 dynamodb:GetItem;
                    EXPRESS_MACHINE_ARN, DURABLE_FUNCTION_ARN,       states:StartExecution;
                    EXPRESS_ORDERS, PACE_SECONDS,                    lambda:InvokeFunction
                    APPROVAL_LIMIT, FLAGGED_COUNTRIES
admit_orders        ORDERS_TABLE, STATE_MACHINE_ARN,                 dynamodb:PutItem, GetItem;
                    EXPRESS_MACHINE_ARN, DURABLE_FUNCTION_ARN,       states:StartExecution;
                    EXPRESS_ORDERS, PACE_SECONDS,                    lambda:InvokeFunction
                    APPROVAL_LIMIT, FLAGGED_COUNTRIES,
                    USER_POOL_CLIENT_ID, ORCHESTRATOR
fanout              GRAPHQL_URL, CONNECTIONS_TABLE, EVENTS_HOST,     appsync:GraphQL on publishOrderStatus;
                    IOT_ENDPOINT, WEBHOOKS_TABLE,                    appsync:EventPublish; sns:Publish;
                    WEBHOOK_SECRET_ARN, REDELIVERY_QUEUE_URL,        secretsmanager:GetSecretValue;
                    EVENT_BUS, CHANGES_STREAM,                       events:PutEvents; kinesis:PutRecords;
                    FOLLOWED_ORDERS_MARKED                           sqs:SendMessage; dynamodb:Query,
                                                                     BatchGetItem, DeleteItem,
                                                                     BatchWriteItem, GetItem;
                                                                     execute-api:ManageConnections;
                                                                     iot:Publish, RetainPublish
redeliver           GRAPHQL_URL, CONNECTIONS_TABLE, EVENTS_HOST,     appsync:GraphQL on publishOrderStatus;
                    IOT_ENDPOINT, WEBHOOKS_TABLE,                    appsync:EventPublish; sns:Publish;
                    WEBHOOK_SECRET_ARN, EVENT_BUS,                   secretsmanager:GetSecretValue;
                    CHANGES_STREAM, FOLLOWED_ORDERS_MARKED           events:PutEvents; kinesis:PutRecords;
                                                                     dynamodb:Query, DeleteItem,
                                                                     BatchWriteItem, GetItem;
                                                                     execute-api:ManageConnections;
                                                                     iot:Publish, RetainPublish
authorize_iot       USER_POOL_ISSUER, USER_POOL_CLIENT_ID            none
manage_webhooks     WEBHOOKS_TABLE, WEBHOOK_SECRET_ARN,              dynamodb:GetItem, PutItem;
                    WEBHOOK_TOPICS, WEBHOOK_DEAD_LETTERS_ARN,        secretsmanager:GetSecretValue;
                    ALLOW_PRIVATE_WEBHOOKS                           sns:Subscribe, Unsubscribe,
                                                                     ListSubscriptionsByTopic,
                                                                     GetSubscriptionAttributes
manage_imports      IMPORTS_TABLE, IMPORTS_BUCKET                    dynamodb:GetItem, PutItem, Query;
                                                                     s3:PutObject, GetObject (by who is
                                                                     handed a form or an address)
prepare_import      IMPORTS_TABLE, IMPORTS_BUCKET,                   dynamodb:GetItem, PutItem;
                    IMPORT_MACHINE_ARN                               s3:GetObject, PutObject;
                                                                     states:StartExecution;
                                                                     sqs:SendMessage (dead letters)
import_lines        IMPORTS_TABLE, ORDERS_TABLE, ORDER_QUEUE_URL,    dynamodb:GetItem, PutItem, UpdateItem;
                    IMPORT_PACE, ORCHESTRATOR                        sqs:SendMessage
finish_import       IMPORTS_TABLE, IMPORTS_BUCKET, ORDERS_TABLE      dynamodb:GetItem, PutItem, Query,
                                                                     BatchGetItem; s3:GetObject, PutObject
tell_imports        IMPORTS_TABLE, GRAPHQL_URL                       appsync:GraphQL on publishImport;
                                                                     dynamodb:GetItem;
                                                                     sqs:SendMessage (dead letters)
validate_order      ORDERS_TABLE, FULFILMENT_TABLE, APPROVAL_LIMIT,  dynamodb:GetItem; BatchGetItem
                    FLAGGED_COUNTRIES
reserve_stock       FULFILMENT_TABLE                                 dynamodb:BatchGetItem, PutItem,
                                                                     UpdateItem
release_stock       ORDERS_TABLE, FULFILMENT_TABLE                   dynamodb:GetItem; BatchGetItem, PutItem,
                                                                     UpdateItem
authorize_payment   ORDERS_TABLE, FULFILMENT_TABLE,                  dynamodb:GetItem; GetItem, PutItem
                    PAYMENT_TIMEOUT_SECONDS
void_payment        FULFILMENT_TABLE                                 dynamodb:GetItem, PutItem, UpdateItem
run_order           ORDERS_TABLE, FULFILMENT_TABLE,                  dynamodb:UpdateItem, GetItem,
                    PAYMENT_TIMEOUT_SECONDS, APPROVAL_LIMIT,         ConditionCheckItem, PutItem,
                    FLAGGED_COUNTRIES, APPROVAL_SECONDS,             BatchGetItem;
                    PACE_SECONDS, FULFILMENT                         lambda:CheckpointDurableExecution,
                                                                     GetDurableExecutionState
reconcile           ORDERS_TABLE, ORDER_QUEUE_URL                    dynamodb:Query on index/pending;
                                                                     sqs:SendMessage, GetQueueAttributes
trace_order         ORDERS_TABLE, STATE_MACHINE_ARN,                 dynamodb:GetItem;
                    EXPRESS_MACHINE_ARN, DURABLE_FUNCTION_ARN        lambda:ListDurableExecutionsByFunction,
                                                                     GetDurableExecution,
                                                                     GetDurableExecutionHistory;
                                                                     states:DescribeExecution,
                                                                     GetExecutionHistory,
                                                                     DescribeStateMachineForExecution,
                                                                     DescribeStateMachine;
                                                                     xray:BatchGetTraces
manage_dead_letters DEAD_LETTERS                                     sqs:GetQueueAttributes,
                                                                     ChangeMessageVisibility, SendMessage,
                                                                     StartMessageMoveTask,
                                                                     ListMessageMoveTasks;
                                                                     lambda:InvokeFunction;
                                                                     events:PutEvents
record_fulfilment   ORDERS_TABLE                                     dynamodb:GetItem, UpdateItem;
                                                                     sqs:SendMessage (dead letters)
publish_webhooks    WEBHOOKS_TABLE, WEBHOOK_SECRET_ARN,              dynamodb:GetItem; sns:Publish;
                    REDELIVERY_QUEUE_URL                             secretsmanager:GetSecretValue;
                                                                     sqs:SendMessage
project_summaries   SUMMARIES_TABLE, SUMMARY_QUEUE_URL               dynamodb:GetItem, BatchGetItem, PutItem,
                                                                     UpdateItem;
                                                                     sqs:ChangeMessageVisibility
count_changes       FIGURES_TABLE, GRAPHQL_URL, WINDOW_SECONDS,      dynamodb:BatchGetItem, UpdateItem, Query;
                    DEAD_LETTER_QUEUE_ARNS                           appsync:GraphQL on publishShopFigures;
                                                                     sqs:SendMessage (dead letters)
read_figures        FIGURES_TABLE, WINDOW_SECONDS,                   dynamodb:Query; sqs:GetQueueAttributes
                    DEAD_LETTER_QUEUE_ARNS
manage_summaries    SUMMARIES_TABLE, EVENT_ARCHIVE, SUMMARY_RULE,    dynamodb:GetItem, BatchGetItem, PutItem,
                    SUMMARY_QUEUE_URL                                Scan, BatchWriteItem;
                                                                     events:DescribeArchive, StartReplay,
                                                                     DescribeReplay;
                                                                     sqs:GetQueueAttributes
stream_events       ORDERS_TABLE, GRAPHQL_URL, REALTIME_URL,         dynamodb:GetItem; Query on index/byOwner
                    USER_POOL_CLIENT_ID
settle_cancelled    ORDERS_TABLE, FULFILMENT_TABLE                   dynamodb:GetItem; BatchGetItem, PutItem,
                                                                     UpdateItem; sqs:SendMessage (the same)
==================  ===============================================  =======================================

(`manage_dead_letters` also receives and deletes messages, and reads records of the streams, as mappings
do for others; `count_changes` reads queues' attributes. An action of a transaction is allowed by the action
of each of its writes. The address of a channel that is switched off is empty.)

Cold starts decide the form of these modules: nothing here imports boto3, or anything else that
takes long, before a request needs it.
"""
