"""Everything that can go wrong with an order, as one tree.

::

    OrderwireError
    |-- CallerError                 sent to the caller; GraphQL's errorType is the class's name
    |   |-- InvalidRequest          errorInfo {path, code}
    |   |   |-- InvalidOrder        what is wrong is the order itself
    |   |   |-- InvalidWebhook      what is wrong is the webhook to register
    |   |   |-- InvalidImport       what is wrong is the file to import
    |   |   `-- InvalidFrame        a WebSocket frame that is none of the protocol's
    |   |-- IdempotencyConflict     says nothing of the other order
    |   |-- OrderNotFound           there is none, or it is not yours: the two cannot be distinguished
    |   |-- OrderNotCancellable     errorInfo {status}
    |   |-- OrderNotDecidable       errorInfo {status}; it awaits no decision, or has another one
    |   |-- OrderNotFulfillable     errorInfo {status}; no parcel of it is under way
    |   |-- OrderNotRedrivable      errorInfo {status, reason}; its workflow has nothing to take up
    |   |-- StaffOnly               signed in, and not of the group that may
    |   |-- DeadLettersNotFound     the stack has no such place
    |   |-- TicketRefused           opens no connection: unknown, used before, or too old
    |   |-- TooManySubscriptions    errorInfo {limit}
    |   |-- WebhookNotFound         there is none, or it is not yours
    |   |-- WebhookNotVerified      errorInfo {reason}; the endpoint did not answer the challenge
    |   |-- WebhookQuotaExceeded    errorInfo {scope, limit}
    |   |-- WebhooksOff             this deployment delivers none
    |   |-- AnalyticsOff            this deployment counts nothing
    |   |-- StaffBoardOff           this deployment has no list of everyone's orders
    |   |-- ImportNotFound          there is none, or it is not yours
    |   |-- ImportNotCancellable    errorInfo {status}; it has ended
    |   `-- ImportsOff              this deployment imports no files
    |-- FulfilmentError             ends the order as FAILED; the workflow catches it by its class's name
    |   |-- UnknownItem
    |   |-- OutOfStock
    |   |-- PaymentDeclined
    |   |-- PaymentTimeout
    |   `-- AlreadyCompensated      a late task of an order whose stock or payment was given back
    |-- ChangeRefused               the order is not in a status that this change may leave
    |-- IllegalChange               a bug: no order may ever change so
    |-- TryAgain                    nothing was done; the same call may work in a moment
    |   |-- Contended               others write the same items
    |   |-- StartThrottled          StartExecution's quota is used up
    |   |-- NotWoken                the order changed, and its waiting workflow was not notified
    |   |-- TraceThrottled          the quota for reading histories is used up
    |   `-- NotQueued               SQS took only some of the messages
    |-- PublishError                a channel did not publish a change
    |   |-- PublishFailed
    |   |-- PublishLate
    |   `-- ConnectionGone          the other end is gone
    |-- LetterStays                 a dead letter that could not go back
    |   |-- RecordsGone             the stream keeps them for 24 hours
    |   `-- NotHandled              the function failed again
    |-- FileFault                   an uploaded file is of no use; its import ends as FAILED
    |   `-- FileReplaced            it differs from the one that was uploaded first
    `-- ConfigurationError          an environment variable is missing or wrong

A test holds the tree against the table of answers in ``orders.answers``: none is unmapped.
"""

from __future__ import annotations

from orders.errors.base import OrderwireError
from orders.errors.caller import (
    AnalyticsOff,
    CallerError,
    DeadLettersNotFound,
    IdempotencyConflict,
    ImportNotCancellable,
    ImportNotFound,
    ImportsOff,
    InvalidFrame,
    InvalidImport,
    InvalidOrder,
    InvalidRequest,
    InvalidWebhook,
    OrderNotCancellable,
    OrderNotDecidable,
    OrderNotFound,
    OrderNotFulfillable,
    OrderNotRedrivable,
    StaffBoardOff,
    StaffOnly,
    TicketRefused,
    TooManySubscriptions,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
    WebhooksOff,
)
from orders.errors.ours import (
    AlreadyCompensated,
    ChangeRefused,
    ConfigurationError,
    ConnectionGone,
    Contended,
    FileFault,
    FileReplaced,
    FulfilmentError,
    IllegalChange,
    LetterStays,
    NotHandled,
    NotQueued,
    NotWoken,
    OutOfStock,
    PaymentDeclined,
    PaymentTimeout,
    PublishError,
    PublishFailed,
    PublishLate,
    RecordsGone,
    StartThrottled,
    TraceThrottled,
    TryAgain,
    UnknownItem,
)

__all__ = [
    "AlreadyCompensated",
    "AnalyticsOff",
    "CallerError",
    "ChangeRefused",
    "ConfigurationError",
    "ConnectionGone",
    "Contended",
    "DeadLettersNotFound",
    "FileFault",
    "FileReplaced",
    "FulfilmentError",
    "IdempotencyConflict",
    "IllegalChange",
    "ImportNotCancellable",
    "ImportNotFound",
    "ImportsOff",
    "InvalidFrame",
    "InvalidImport",
    "InvalidOrder",
    "InvalidRequest",
    "InvalidWebhook",
    "LetterStays",
    "NotHandled",
    "NotQueued",
    "NotWoken",
    "OrderNotCancellable",
    "OrderNotDecidable",
    "OrderNotFound",
    "OrderNotFulfillable",
    "OrderNotRedrivable",
    "OrderwireError",
    "OutOfStock",
    "PaymentDeclined",
    "PaymentTimeout",
    "PublishError",
    "PublishFailed",
    "PublishLate",
    "RecordsGone",
    "StaffBoardOff",
    "StaffOnly",
    "StartThrottled",
    "TicketRefused",
    "TooManySubscriptions",
    "TraceThrottled",
    "TryAgain",
    "UnknownItem",
    "WebhookNotFound",
    "WebhookNotVerified",
    "WebhookQuotaExceeded",
    "WebhooksOff",
]
