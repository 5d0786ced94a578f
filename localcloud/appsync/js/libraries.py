"""What AppSync's library offers: the members of ``util`` and its like, by ``@aws-appsync/utils`` 2.1.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIBRARIES: Final[Mapping[str, frozenset[str]]] = {
    "@aws-appsync/utils": frozenset({"util", "runtime", "extensions"}),
    "@aws-appsync/utils/dynamodb": frozenset(
        [
            *("get", "put", "update", "remove", "query", "scan", "sync", "operations"),
            *("batchGet", "batchPut", "batchDelete", "transactGet", "transactWrite"),
            *("toStringSet", "toNumberSet", "toBinarySet"),
        ]
    ),
    "@aws-appsync/utils/rds": frozenset(
        [
            *("select", "insert", "update", "remove", "createPgStatement", "createMySQLStatement"),
            *("sql", "typeHint", "agg", "toJsonObject"),
        ]
    ),
    "@aws-appsync/utils/ai": frozenset({"invokeModel", "converse"}),
}
"""What can be imported from where."""

EXTENSIONS: Final = frozenset(
    [
        *("setSubscriptionFilter", "setSubscriptionInvalidationFilter", "invalidateSubscriptions"),
        "evictFromApiCache",
    ]
)
RUNTIME: Final = frozenset({"earlyReturn"})
UTIL: Final = {
    "Util": frozenset(
        [
            *("escapeJavaScript", "urlEncode", "urlDecode", "base64Encode", "base64Decode", "autoId"),
            *("autoUlid", "autoKsuid", "unauthorized", "error", "appendError", "matches", "authType"),
            *("time", "dynamodb", "rds", "http", "xml", "transform", "math", "str"),
            # Without a type, and in the runtime all the same.
            *("isNull", "isNullOrEmpty", "isNullOrBlank", "isBoolean", "isList", "isMap", "isNumber"),
            *("isString", "typeOf", "defaultIfNull", "defaultIfNullOrEmpty", "defaultIfNullOrBlank"),
        ]
    ),
    "time": frozenset(
        [
            *("nowISO8601", "nowEpochSeconds", "nowEpochMilliSeconds", "nowFormatted"),
            *("parseFormattedToEpochMilliSeconds", "parseISO8601ToEpochMilliSeconds"),
            *("epochMilliSecondsToSeconds", "epochMilliSecondsToISO8601", "epochMilliSecondsToFormatted"),
        ]
    ),
    "dynamodb": frozenset(
        [
            *("toDynamoDB", "toString", "toStringSet", "toNumber", "toNumberSet", "toBinary", "toBinarySet"),
            *("toBoolean", "toNull", "toList", "toMap", "toMapValues", "toS3Object", "fromS3ObjectJson"),
        ]
    ),
    "rds": frozenset({"toJsonObject"}),
    "http": frozenset({"copyHeaders", "addResponseHeader", "addResponseHeaders"}),
    "xml": frozenset({"toMap", "toJsonString"}),
    "transform": frozenset(
        [
            *("toDynamoDBFilterExpression", "toDynamoDBConditionExpression"),
            *("toElasticsearchQueryDSL", "toSubscriptionFilter"),
        ]
    ),
    "math": frozenset({"roundNum", "minVal", "maxVal", "randomDouble", "randomWithinRange"}),
    "str": frozenset({"normalize", "toUpper", "toLower", "toReplace"}),
}
TYPES: Final = {
    "time": "TimeUtils",
    "dynamodb": "DynamodbUtil",
    "rds": "RdsUtil",
    "http": "HttpUtils",
    "xml": "XmlUtils",
    "transform": "TransformUtils",
    "math": "MathUtils",
    "str": "StringUtils",
}
# Every object has these.
OBJECT: Final = frozenset({"toString", "valueOf", "hasOwnProperty"})
