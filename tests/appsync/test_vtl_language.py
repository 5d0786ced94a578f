"""Velocity as AppSync speaks it: references, operators, directives, and what they do in odd cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.evaluate import evaluate_template
from localcloud.appsync.js import runtime
from localcloud.appsync.vtl.members import unknown_members
from localcloud.appsync.vtl.parser import parse_template
from tests.appsync.vtl import TemplateFailed, failure, render, value
from tests.examples import examples

GUIDE = Path(__file__).with_name("vtl_guide.vtl")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # What a reference without a value shows, and how to have it show nothing. [doc]
        ("$x ${x} ${x.y} $x.y() $!x $!{x} $!x.y.z", "$x ${x} ${x.y} $x.y()   "),
        ("$ctx.args.none|$context.arguments.none", "$ctx.args.none|$context.arguments.none"),
        ("$ctx.args.name. $ctx.args.name, ${ctx.args.name}s $ctx.args.list[0][a]", "Ann. Ann, Anns 1[a]"),
        # Dollars and hashes that are plain text.
        ("$5 $ # #name = :name, #endless #iffy $$ctx.args.name", "$5 $ # #name = :name, #endless #iffy $Ann"),
        (r"\$ctx.args.name \$x \\$ctx.args.name \#if(1) \n", r"$ctx.args.name \$x \Ann #if(1) \n"),
        ("a #[[ $ctx.args.name #if ]]# b #* $ctx.args.name *# c## d\ne", "a  $ctx.args.name #if  b  ce"),
        # How Java prints.
        ("$ctx.args", "{name=Ann, list=[1, 2.5, true, null], deep={a={b=c}}}"),
        ("#set($d = 12345678.5)$d #set($d = 0.0001)$d #set($d = 2.0)", "1.23456785E71.0E-4"),
        # Conditions: only null and false are false. [doc]
        ("#if(0)a#end#if('')b#end#if($x)c#end#if(false)d#end#if([])e#end#if(null)f#end", "abe"),
        ("#if($x)1#elseif($ctx.args.name)2#{else}3#end", "2"),
        ("#if(!$x && $ctx.args.name == 'Ann')yes#else no#end", "yes"),
        ("#if($x.y.z || $ctx.args.list.get(0) > 0 and not $x)yes#end", "yes"),
        (
            "#if(1 == 1.0)a#end#if('1' == 1)b#end#if($x == null)c#end#if($x != 1)d#end#if('a' < 'b')e#end",
            "abcd",
        ),
        ("#if(2 gt 1 and 1 lt 2 and 1 le 1 and 1 ge 1 and 1 eq 1 and 1 ne 2)words#end", "words"),
        # Loops.
        ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
        (
            "#foreach($i in [1..3])$i#if($foreach.hasNext()),#end#end $foreach.isLast()",
            "1,2,3 $foreach.isLast()",
        ),
        (
            "#foreach($i in [1])$foreach.getIndex() $foreach.isLast() $foreach.size()#end",
            "0 true $foreach.size()",
        ),
        ("#foreach($i in [2..-1])$i #end", "2 1 0 -1 "),
        (
            "#foreach($i in $ctx.args.deep)$i#end#foreach($i in $x)never#end#foreach($i in 'no')never#end",
            "{b=c}",
        ),
        (
            "#foreach($i in [7,8])$foreach.index$foreach.count$velocityCount$foreach.first$foreach.last #end",
            "011truefalse 122falsetrue ",
        ),
        ("#foreach($i in [1..9])#if($i == 3)#break#end$i#end.", "12."),
        ("#foreach($i in [1,2])#foreach($j in [1,2])$i$j$foreach.parent.index #end#end", "110 120 211 221 "),
        ("#set($i = 'kept')#foreach($i in [1])#set($in = $i)#end$i $in", "kept 1"),
        ("#foreach($e in $ctx.args.deep.entrySet())$e.key=$e.value.b $e.getKey()#end", "a=c a"),
        # Sets.
        ("#set($m = {})#set($m.a = 1)#set($m['b'] = [2])#set($m.b[0] = 3)$m", "{a=1, b=[3]}"),
        ("#set($a = 1)#set($a = $none)$a", "$a"),
        ("#set($a-b = 1)$a-b", "1"),
        (
            '#set($s = "$ctx.args.name has ${ctx.args.list.size()}, #if(true)yes#end, ""q""")$s',
            'Ann has 4, yes, "q"',
        ),
        ("#set($s = '$ctx.args.name ''q''')$s", "$ctx.args.name 'q'"),
        # Whitespace that belongs to directives.
        ("a\n  #set($x = 1)\n  #if(true)\nb\n  #end\nc", "a\n  b\n  c"),
        # The rest.
        ("a#stop b", "a"),
        ("#macro(bold $t)<b>$t</b>#end#bold('x') #bold($ctx.args.name)", "<b>x</b> <b>Ann</b>"),
        ("#define($hello)Hi $who#end#set($who = 'you')$hello", "Hi you"),
        ("$util.qr($ctx.args.list.add(1))$util.quiet($ctx.args.list.add(1))$ctx.args.list.size()", "6"),
        ("$!{ctx.args.put('name', 'Bo')} $ctx.args.list.add(1)", "Ann true"),
        ("#set($n = $ctx.args.list[-1])$util.toJson($n) $util.toJson($ctx.args.list[-2])", "null true"),
        ("#return", "null"),
        ("never#return({'a': [1]})seen", '{"a":[1]}'),
        ("#return($util.toJson(null))", "null"),
        ("#if(true)#return#end", "null"),
        ("$utils.toJson($context.args.name)", '"Ann"'),
    ],
)
def test_template_renders_its_output(template: str, expected: str) -> None:
    arguments: JSON = {"name": "Ann", "list": [1, 2.5, True, None], "deep": {"a": {"b": "c"}}}
    assert render(template, arguments=arguments) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2 % 2", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2.0", 3.5),
        ("7 % 3", 1),
        ("1 / 0", None),
        ("$none + 1", None),
        ("'a' + 1", "a1"),
        ("1 + 'a' + $ctx.args", "1a{}"),
        ("'a' - 1", None),
        ("007", 7),
        ("-5", -5),
        ("1.5", 1.5),
        ("{a: 1, 'b': [1, {}], \"c\": $none}", {"a": 1, "b": [1, {}], "c": None}),
        ("[1..3]", [1, 2, 3]),
        ("$none", None),
        ("!$none", True),
        ("$none && true", False),
        ("$ctx.args.empty", None),
        ("{'__proto__': 1}", {"__proto__": 1}),
        ("{'a': {'b': 1}} == {'a': {'b': 1}}", True),
    ],
)
def test_expression_has_its_value(expression: str, expected: JSON) -> None:
    assert value(expression, arguments={}) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("#if(true)\nx", "template.vtl:2:2: expected #end for the #if of line 1, the template ends first"),
        ("\n#end", "template.vtl:2:5: #end without a directive that it belongs to"),
        ("#if(true)#else#else#end", "template.vtl:1:20: #else after #else"),
        ("#foreach($a of [1])#end", "template.vtl:1:12: expected in after the variable of #foreach"),
        (
            "#foreach($a in [1])\n#else#end",
            "template.vtl:2:6: expected #end for the #foreach of line 1, found #else",
        ),
        ("#set($a = )", "template.vtl:1:11: expected a value, found )"),
        ("#set($a = 'x)", "template.vtl:1:11: a string that does not end"),
        ("#set($a = [1, 2)", "template.vtl:1:16: expected ] after a list, found )"),
        ("#set($a = {'a' 1})", "template.vtl:1:16: expected : after a map's key"),
        ("#set(a = 1)", "template.vtl:1:6: expected a reference in #set"),
        ("#set($a == 1)", "template.vtl:1:10: expected a value, found = 1)"),
        ("${ctx.args", "template.vtl:1:11: expected } after ${ctx"),
        ("#parse('x')", "template.vtl:1:8: #parse is not supported by AppSync"),
        (
            "\n$util.qr($m.put('a', 1 + 1))",
            "template.vtl:2:24: an operation cannot be an argument, or stand in a list or map: #set it first",
        ),
        (
            '#set($a = "\n\n#if(true)")',
            "template.vtl:3:10: expected #end for the #if of line 3, the template ends first",
        ),
        (
            "#if(" + "(" * 50 + "1" + ")" * 50 + ")#end",
            "template.vtl:1:44: more than 40 levels inside one another",
        ),
        ("#if(true)" * 50 + "#end" * 50, "template.vtl:1:356: more than 40 levels inside one another"),
    ],
)
def test_unreadable_template_is_refused_with_its_place(template: str, message: str) -> None:
    assert failure(template) == message


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n\n#set($l = [])$l.get(0)", "IndexOutOfBoundsException: Index: 0, Size: 0 (template.vtl:3)"),
        ("$util.toJson(\n'a')\n$util.parseJson('{')", "(template.vtl:3)"),
        ("#set($i = 0)\n$i.parseInt('x')", 'NumberFormatException: For input string: "x" (template.vtl:2)'),
        ("'abc'\n#set($s = 'abc')\n$s.substring(4)", "begin 4, end 3, length 3 (template.vtl:3)"),
        ("#set($l = [1, 2])\n#foreach($x in $l)\n$l.add(3)\n#end", "ConcurrentModificationException"),
        ("#set($m = {})#set($m.m = $m)\n$util.toJson($m)", "circular reference (template.vtl:2)"),
        ("\n$util.error('No', 'Mine')", "No"),
        ("$util.unauthorized()", "Unauthorized"),
        ("#set($ok = 1 == 2)$util.validate($ok, 'must hold')", "must hold"),
        ("#macro(m)#m()#end#m()", "more than 20 times deep"),
    ],
)
def test_failing_template_names_its_line(template: str, message: str) -> None:
    assert message in failure(template)


def test_loops_end_after_a_thousand_iterations_as_on_aws() -> None:
    assert render("#set($n = 0)#foreach($i in [1..2000])#set($n = $n + 1)#end$n") == "1000"


@pytest.mark.parametrize(
    "template",
    [
        "#set($l = [1])#foreach($i in [1..1000])$util.qr($l.addAll($l))#end",
        "#set($s = 'x')#foreach($i in [1..1000])#set($s = $s + $s)#end$s",
    ],
)
def test_template_memory_is_bounded(template: str) -> None:
    error = evaluate_template(template, {})["error"]
    assert isinstance(error, dict)
    assert "(template.vtl" in str(error["message"])


def test_template_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "TIME_LIMIT", 0.05)
    loops = "#foreach($i in [1..1000])" * 4
    error = evaluate_template(loops + "#set($x = $i)" + "#end" * 4, {})["error"]
    assert error == {"message": "InternalError: interrupted (template.vtl:1)"}


def test_examples_of_the_programming_guide_render_as_documented() -> None:
    text = render(GUIDE.read_text("utf-8"), arguments={"id": "123", "meta": "testing"})
    document = json.loads(text)
    payload = document.pop("payload")
    assert document == {"version": "2017-02-28", "operation": "Invoke"}
    assert payload.pop("context")["arguments"] == {"id": "123", "meta": "testing"}
    assert payload == {
        "id": "123",
        "meta": "stuff",
        "upperMeta": "TESTING",
        "myProperty": "ABC",
        "arrProperty": ["Write", "Some", "GraphQL"],
        "Firstname": "Jeff",
        "substring": "everything after the comma",
        **{str(i): f"{i}foo" for i in range(6)},
        **{"z": 12, "x-y": -2, "x*y": 35, "x/y": 0, "x%y": 5},
        "array": "first",
        "arr2": 42,
        "isEmpty": False,
        "size": 1,
        "set": "first",
        "get": "changed",
        "Author": "Nadia",
        "ifCheck": "Array not empty",
        "elseIfCheck": "Good job!",
        "OR": "TRUE",
        **{"item1": 42, "item2": "a string", "item3": 21, "item4": "test"},
        **{"DynamoDB": "d", "Amplify": "a"},
        "concat": "Hello World",
        "concat2": "Second Hello World",
    }


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
@settings(max_examples=examples(60), deadline=None)
def test_to_json_round_trips_any_value(given_value: JSON) -> None:
    text = render('{"value": $util.toJson($ctx.args.value)}', arguments={"value": given_value})
    assert json.loads(text) == {"value": given_value}


PIECES = (
    *(
        "#if(true)",
        "#if(",
        "#else",
        "#elseif(1)",
        "#end",
        "#foreach($a in [1..2])",
        "#set($x = ",
        "#break",
        "#stop",
    ),
    *(
        "#return",
        "#return(",
        "#macro(m $p)",
        "#m(1)",
        "#define($d)",
        "#[[",
        "]]#",
        "##",
        "#*",
        "*#",
        "#",
        "#{end}",
    ),
    *(
        "$x",
        "$!x",
        "${",
        "${x}",
        "$a.b",
        ".c(",
        ".size()",
        "[0]",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        ",",
        ":",
        "..",
        "$",
    ),
    *(
        "'",
        '"',
        "\\",
        "1",
        "-1.5",
        "+",
        "-",
        "/",
        "&&",
        "||",
        "!",
        "==",
        " lt ",
        "null",
        "true",
        " ",
        "\n",
        "é",
        "\u2028",
    ),
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join))
@settings(max_examples=examples(300), deadline=None)
def test_any_template_renders_or_fails_with_its_place(template: str) -> None:
    try:
        render(template)
    except TemplateFailed as problem:
        assert "template.vtl:" in str(problem)
        assert "SyntaxError" not in str(problem)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        (
            "$util.qrr(1)\n#if($utils.nope)$!{util.time.now()}#end",
            [(1, "$util.qrr"), (2, "$utils.nope"), (2, "$util.time.now")],
        ),
        (
            '#set($x = "a ${util.toJsonn(1)}")$extensions.filter()',
            [(1, "$util.toJsonn"), (1, "$extensions.filter")],
        ),
        (
            "$util.dynamodb.toMapValuesJson({}) $util.list.sortList([], true, 'a').size() $util.log.info()",
            [],
        ),
        ("$utilities.nope $ctx.util.nope $util.parseJson('{}').nope $util.qr($ctx.stash.put('a', 1))", []),
    ],
)
def test_unknown_members_of_util_are_named(template: str, names: list[tuple[int, str]]) -> None:
    assert list(unknown_members(parse_template("a.vtl", template))) == names


def test_programming_guide_calls_no_unknown_member() -> None:
    assert list(unknown_members(parse_template("guide.vtl", GUIDE.read_text(encoding="utf-8")))) == []
