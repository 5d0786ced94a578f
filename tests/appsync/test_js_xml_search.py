"""``util.xml`` and ``util.transform.toElasticsearchQueryDSL``."""

from __future__ import annotations

import json

import pytest

from localcloud.appsync.definition import JSON
from tests.appsync.js_support import value

POSTS = """<?xml version="1.0" encoding="UTF-8"?>
<posts>
<post><id>1</id><title>Getting started with GraphQL</title></post>
</posts>"""


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (POSTS, {"posts": {"post": {"id": 1, "title": "Getting started with GraphQL"}}}),
        ("<a><b>1</b><b>2</b><b/></a>", {"a": {"b": [1, 2, ""]}}),
        ("<a x=\"1\" y='t'>text</a>", {"a": {"x": 1, "y": "t", "content": "text"}}),
        ("<a>true</a>", {"a": True}),
        ("<a>007</a>", {"a": "007"}),
        ("<a>-1.5e3</a>", {"a": -1500}),
        ("<a><![CDATA[<b> & c]]></a>", {"a": "<b> & c"}),
        ("<a>&lt;&#65;&#x42;&amp;&unknown;</a>", {"a": "<AB&&unknown;"}),
        ("<!DOCTYPE a><!-- no --><s:a xmlns:s='u'/>", {"s:a": {"xmlns:s": "u"}}),
        ("", {}),
    ],
)
def test_xml_becomes_a_map_and_json(xml: str, expected: JSON) -> None:
    assert value("util.xml.toMap(ctx.args.xml)", {"arguments": {"xml": xml}}) == expected
    assert (
        json.loads(str(value("util.xml.toJsonString(ctx.args.xml)", {"arguments": {"xml": xml}}))) == expected
    )


@pytest.mark.parametrize(
    ("filter_object", "query"),
    [
        (
            {"upvotes": {"ne": 15, "range": [10, 20]}, "title": {"eq": "hihihi", "wildcard": "h*i"}},
            {
                "bool": {
                    "must": [
                        {
                            "bool": {
                                "must": [
                                    {"bool": {"must_not": {"term": {"upvotes": 15}}}},
                                    {"range": {"upvotes": {"gte": 10, "lte": 20}}},
                                ]
                            }
                        },
                        {"bool": {"must": [{"term": {"title": "hihihi"}}, {"wildcard": {"title": "h*i"}}]}},
                    ]
                }
            },
        ),
        (
            {"or": [{"a": {"match": "x"}}, {"b": {"gt": 1}}]},
            {
                "bool": {
                    "should": [{"match": {"a": "x"}}, {"range": {"b": {"gt": 1}}}],
                    "minimum_should_match": 1,
                }
            },
        ),
        ({"not": {"a": {"exists": True}}}, {"bool": {"must_not": {"exists": {"field": "a"}}}}),
    ],
)
def test_filter_becomes_an_elasticsearch_query(filter_object: JSON, query: JSON) -> None:
    result = value("util.transform.toElasticsearchQueryDSL(ctx.args.f)", {"arguments": {"f": filter_object}})
    assert json.loads(str(result)) == query
