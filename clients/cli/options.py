"""The options of ``orderwire``, and a help that teaches by examples."""

from __future__ import annotations

import argparse
from pathlib import Path

from clients import __version__
from clients.cli import burst, dead_letters, events, figures, imports, sql
from clients.cli.exits import MEANING
from clients.cli.subcommands import add_command
from clients.model import Decision, Orchestrator, Status
from clients.ways import WAYS, full_name

ELSEWHERE = {
    "compare": "follow the same orders over every channel: delay, requests, bytes and dollars",
    "model": "compute what each channel costs at a load, and which quota breaks first",
}
"""Commands of the package ``compare``, which builds on this one and cannot be imported here."""

_ORDER = "the order's, as `list` shows it"
_EXAMPLES = """\
examples:
  export ORDERWIRE_USER=ada ORDERWIRE_PASSWORD=Orderwire-1     who you are, once for all commands
  orderwire submit order.json                                  one order; prints its id
  orderwire submit examples/orders.jsonl --follow              many, with a bar for each until all are final
  orderwire follow 4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10        every change, live, until the last
  orderwire follow --via longpoll 4b0c0f7e-8a53-4c57-9d62-…    the same by another way (follow --help has all)
  orderwire submit order.json --rest                           through the companion's REST API
  orderwire list --status FAILED --json | jq -r .id            one JSON object a line, for scripts
  orderwire list --everyone --status AWAITING_APPROVAL         as staff, what waits for a decision
  orderwire cancel 4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10        while it is not packed yet
  orderwire decide 4b0c0f7e-8a53-4c57-9d62-… approve           as staff, what is above the limit
  orderwire trace 4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10         as staff, what its workflow went through
  orderwire webhooks receive                                   listen, register, and show what arrives
  orderwire redrive 4b0c0f7e-8a53-4c57-9d62-…                  as staff, what our own fault has stopped
  orderwire dlq list                                           list the messages that nothing handled
  orderwire import orders.csv --report report.csv              a file of orders, acknowledged line by line
  orderwire burst --orders 3000 --rate 1000                    direct, by a queue, by a FIFO queue
  orderwire figures --watch                                    as staff, what the shop does, live
  orderwire sql --saved revenue-by-day                         ask what it did, by SQL
  orderwire events rebuild --settle 0                          as staff, count all archived events again
  orderwire compare --orders 100                               what each way takes and costs, side by side
  orderwire model --rate 50                                    what it would cost, and what breaks first

where the API is: --ready-file of a local cloud (default .local/ready.json), or --endpoint, --client-id and
--region, or ORDERWIRE_READY_FILE, ORDERWIRE_ENDPOINT, ORDERWIRE_CLIENT_ID, AWS_REGION; for the companion
--rest-url and --websocket-url, or ORDERWIRE_REST_URL and ORDERWIRE_WEBSOCKET_URL; for the Event API
--events-url, or ORDERWIRE_EVENTS_URL; for AWS IoT Core --iot-url, or ORDERWIRE_IOT_URL; for event streams
--sse-url, or ORDERWIRE_SSE_URL; for webhooks that are received here --listen and --webhook-url, or
ORDERWIRE_WEBHOOK_LISTEN and ORDERWIRE_WEBHOOK_URL.

exit codes:
"""

_WAYS = """\
every way shows each change once and in order; what it missed it reads from the history:
  appsync       subscriptions of the GraphQL API
  events        AppSync's Event API: a channel for each order
  websocket     the companion's WebSocket (also: ws)
  graphql-ws    the same, by GraphQL subscriptions
  sse           Server-Sent Events: a response that goes on
  iot           AWS IoT Core: a topic for each order, by MQTT
  webhook       an endpoint on this machine that SNS posts to, registered for as long as you follow
  poll-backoff  a request now and then, as the server asks for (also: poll)
  poll-fixed    a request every second, whatever the server asks for
  longpoll      a request that is answered when there is news

Each change that happens while you follow has its delay: from the change's own time to its receipt, by this
machine's clock. With --json it is the field `delayMs`.

example: orderwire follow 4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10 --via sse --json
"""

_WEBHOOKS = """\
examples:
  orderwire webhooks receive                                a receiver on this machine, removed by Ctrl-C
  orderwire webhooks register https://shop.example/in --status SHIPPED --status DELIVERED
  orderwire webhooks verify 7c1e2f30-4b5a-4c6d-8e7f-901a2b3c4d5e    when the endpoint has the secret
  orderwire webhooks list                                   PENDING, CONFIRMING, ACTIVE or DISABLED

what is posted, and how an endpoint verifies it: docs/webhooks.md
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    codes = "\n".join(f"  {int(code):>3}  {meaning}" for code, meaning in MEANING.items())
    top = argparse.ArgumentParser(
        prog="orderwire",
        usage="orderwire [options] COMMAND ...",
        description="Submit orders, and follow them live without missing a state.",
        epilog=f"{_EXAMPLES}{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_shared(listed=True)],
    )
    top.add_argument("--version", action="version", version=f"orderwire {__version__}")
    commands = top.add_subparsers(prog="orderwire", dest="command", metavar="COMMAND", required=True)
    brief = _shared(listed=False)

    def command(name: str, summary: str, epilog: str = "") -> argparse.ArgumentParser:
        return add_command(commands, brief, name, summary, epilog)

    submit = command("submit", "submit the orders of a file")
    submit.add_argument("file", metavar="FILE", help="JSON or one JSON object a line; - reads standard input")
    submit.add_argument("--follow", action="store_true", help="show every change until all orders are final")
    route = submit.add_mutually_exclusive_group()
    route.add_argument("--enqueue", action="store_true", help="through the queue instead of at once")
    route.add_argument("--rest", dest="by_rest", action="store_true", help="by REST instead of GraphQL")
    submit.add_argument(
        "--orchestrator",
        choices=[name.value.lower() for name in Orchestrator],
        help="what runs them; without, what each order names, or else the deployment's own",
    )
    submit.add_argument(
        "--concurrency", type=_positive, default=8, metavar="N", help="at most N at a time (8)"
    )

    follow = command("follow", "show every change of orders, live", _WAYS)
    follow.add_argument("ids", metavar="ID", nargs="+", help="order ids; ends when all are final")
    follow.add_argument(
        "--via",
        type=full_name,
        choices=list(WAYS),
        default="appsync",
        help="how to receive changes (appsync); see below",
    )

    listing = command("list", "list orders, newest first")
    listing.add_argument(
        "--everyone", action="store_true", help="those of all customers (staff); 20 of them without --limit"
    )
    listing.add_argument("--status", type=_status, help=f"only those that are {', '.join(Status)}")
    listing.add_argument("--limit", type=_positive, metavar="N", help="at most N orders")

    for name, summary in (
        ("show", "show one order with its items and history"),
        ("cancel", "cancel an order that is not packed yet"),
    ):
        command(name, summary).add_argument("id", metavar="ID", help=_ORDER)
    decide = command("decide", "approve or reject an order (staff)")
    decide.add_argument("id", metavar="ID", help="an order that is AWAITING_APPROVAL")
    decide.add_argument("decision", type=_decision, metavar="approve|reject")
    decide.add_argument("--reason", metavar="TEXT", help="for the shop's own records")
    trace = command("trace", "show an order's workflow and trace (staff)")
    trace.add_argument("id", metavar="ID", help=_ORDER)
    _webhooks(command("webhooks", "have changes posted to an endpoint of yours", _WEBHOOKS), brief)
    dead_letters.add_options(
        command("dlq", "inspect dead letters, and put them back (staff)", dead_letters.HELP), brief
    )
    burst.add_options(command("burst", "send many orders at a rate, by several ways in", burst.HELP))
    imports.add_options(command("import", "import a file of orders (CSV)", imports.HELP))
    figures.add_options(command("figures", "show what the shop does (staff)", figures.HELP))
    sql.add_options(command("sql", "ask all changes of all orders by SQL (staff)", sql.HELP))
    events.add_options(command("events", "show summaries, and rebuild them", events.HELP), brief)
    redrive = command("redrive", "have an order's broken workflow go on (staff)")
    redrive.add_argument("id", metavar="ID", help=_ORDER)
    for name, summary in ELSEWHERE.items():
        # `bin/orderwire` runs these before this parser is built: here they are listed.
        listed = commands.add_parser(name, help=summary, add_help=False, prefix_chars="+")
        listed.add_argument("rest", nargs="*")
    return top


def _webhooks(group: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, summary: str) -> argparse.ArgumentParser:
        return add_command(actions, shared, name, summary)

    action("list", "list your webhooks, oldest first")
    register = action("register", "register an endpoint; shows its secret once")
    register.add_argument("url", metavar="URL", help="https, and on the public internet")
    verify = action("verify", "have an endpoint challenged, and subscribed")
    verify.add_argument("id", metavar="ID", help="the webhook's, as `webhooks list` shows it")
    remove = action("remove", "remove a webhook")
    remove.add_argument("id", metavar="ID", help="the webhook's, as `webhooks list` shows it")
    receive = action("receive", "listen, register, verify, and show what arrives until Ctrl-C")
    receive.add_argument(
        "--page", metavar="ORIGIN", help="serve it to this page, too: Server-Sent Events at /received"
    )
    for command in (register, receive):
        command.add_argument("--raw", action="store_true", help="delivered without SNS's envelope")
        command.add_argument(
            "--status", type=_status, action="append", metavar="STATUS", help="only these; may be repeated"
        )


# Option, destination, placeholder, help.
_WHERE = (
    ("--endpoint", "endpoint", "URL", "the GraphQL address"),
    ("--realtime", "realtime", "URL", "the WebSocket address, if AppSync's rule does not fit"),
    ("--rest-url", "rest", "URL", "the companion's REST address, with its stage"),
    ("--websocket-url", "websocket", "URL", "the companion's WebSocket address"),
    ("--events-url", "events", "URL", "the Event API's address, https://…/event"),
    ("--events-realtime", "events_realtime", "URL", "its WebSocket address, if AppSync's rule does not fit"),
    ("--iot-url", "iot", "URL", "AWS IoT's WebSocket address, with the authorizer's name"),
    ("--sse-url", "sse", "URL", "the address of event streams, with its stage"),
    ("--listen", "webhook_listen", "HOST:PORT", "where a webhook is received (127.0.0.1:0)"),
    ("--webhook-url", "webhook_url", "URL", "the public address that leads there"),
    ("--client-id", "client_id", "ID", "the user pool client"),
    ("--region", "region", "REGION", "the user pool's region"),
    ("--user", "user", "NAME", "or ORDERWIRE_USER"),
    ("--password", "password", "SECRET", "better: ORDERWIRE_PASSWORD, or type it when asked"),
)


def _shared(*, listed: bool) -> argparse.ArgumentParser:
    """Return the options that may stand before or after the command; only ``orderwire --help`` lists all."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    where = shared.add_argument_group("where and who")

    def text(of: str) -> str:
        return of if listed else argparse.SUPPRESS

    where.add_argument("--ready-file", type=Path, metavar="PATH", help=text("what a local cloud wrote"))
    for option, destination, placeholder, of in _WHERE:
        where.add_argument(option, dest=destination, metavar=placeholder, help=text(of))
    shared.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")
    return shared


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _status(text: str) -> Status:
    try:
        return Status(text.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(Status)}") from None


def _decision(text: str) -> Decision:
    try:
        return Decision(text.upper())
    except ValueError:
        raise argparse.ArgumentTypeError("approve or reject") from None
