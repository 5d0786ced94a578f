"""What the deployer's command line takes."""

from __future__ import annotations

import argparse
from pathlib import Path

DESCRIPTION = """\
Deploy a CloudFormation template whose assets are local paths, as `python -m localcloud` does, to AWS.

Credentials and region come from the standard AWS chain (environment, profiles, SSO, roles). With
AWS_ENDPOINT_URL naming a local cloud, the stack is created there without confirmation.
"""
EPILOG = """\
examples:
  python -m localcloud.stack deploy appsync/template.yaml --stack orderwire --region eu-west-1
  python -m localcloud.stack outputs --stack orderwire --json
  python -m localcloud.stack destroy --stack orderwire
  python -m localcloud.stack join appsync/template.yaml > appsync/joined.json

exit codes: 0 done, 1 AWS said no, 2 wrong usage or template, 3 not confirmed, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    words = argparse.ArgumentParser(
        prog="python -m localcloud.stack",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--stack", required=True, metavar="NAME")
    common.add_argument("--region", metavar="REGION", help="default: the AWS chain's")
    common.add_argument("--profile", metavar="NAME", help="default: the AWS chain's")
    confirmation = argparse.ArgumentParser(add_help=False)
    confirmation.add_argument("--yes", action="store_true", help="do not ask")
    commands = words.add_subparsers(
        dest="command", required=True, metavar="deploy | destroy | outputs | join"
    )
    deployment = commands.add_parser(
        "deploy", parents=[common, confirmation], help="create or update a stack"
    )
    deployment.add_argument("template", type=Path)
    deployment.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="may be repeated; an update keeps the values of those that are not named",
    )
    deployment.add_argument(
        "--bucket", metavar="NAME", help="for the artefacts; default: one that is created if missing"
    )
    deployment.add_argument("--protect", action="store_true", help="turn termination protection on")
    commands.add_parser("destroy", parents=[common, confirmation], help="delete a stack, and list what stays")
    two = commands.add_parser("outputs", parents=[common], help="print a stack's outputs")
    two.add_argument("--json", action="store_true", help="as one JSON object")
    joining = commands.add_parser("join", help="print a template and its fragments as one")
    joining.add_argument("template", type=Path)
    return words
