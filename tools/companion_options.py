"""The command line of ``tools/companion.py``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tools.companion_project import ROOT

DESCRIPTION = """\
Deploy the companion (chalice_app/) with the real `chalice deploy`, on top of the stack.

  environment  write .chalice/config.json and the policies of a stage from the stack's outputs
  deploy       that, then `chalice deploy`, then what Chalice cannot declare of the queue's worker
  delete       `chalice delete`
  url          print the addresses of the two APIs

Credentials and region come from the standard AWS chain. With AWS_ENDPOINT_URL naming a local cloud, all of
it goes there.
"""
EPILOG = """\
examples:
  python tools/companion.py deploy --stage dev --stack orderwire --region eu-west-1
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 python tools/companion.py deploy --stage local --stack orderwire
  python tools/companion.py url --stage dev --json

One stage belongs to one stack of one account and region. What Chalice has deployed it remembers in
chalice_app/.chalice/deployed/STAGE.json: keep that file, or `delete` cannot find anything.

exit codes: 0 done, 1 it failed, 2 wrong usage, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python tools/companion.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--stage", required=True, metavar="STAGE", help="Chalice's stage, such as dev or local"
    )
    common.add_argument("--region", metavar="REGION", help="default: the AWS chain's")
    common.add_argument("--profile", metavar="NAME", help="default: the AWS chain's")
    common.add_argument(
        "--project-dir",
        type=Path,
        metavar="DIR",
        help="put the project together here, with a state of its own, so that two clouds do not share one "
        "(default: build/companion/STAGE, with the state in chalice_app/.chalice)",
    )
    common.add_argument(
        "--ready-file",
        type=Path,
        default=Path(os.environ.get("LOCALCLOUD_READY_FILE", ROOT / ".local" / "ready.json")),
        metavar="FILE",
        help="the ready file with a local cloud's addresses (default: .local/ready.json)",
    )
    stacked = argparse.ArgumentParser(add_help=False)
    stacked.add_argument(
        "--stack",
        metavar="NAME",
        default=os.environ.get("LOCALCLOUD_STACK", "orderwire"),
        help="the stack that owns the data (default: orderwire)",
    )
    stacked.add_argument(
        "--allowed-origin",
        default="*",
        metavar="ORIGIN",
        help="the one web origin that may call the REST API (default: any; tokens are no cookies)",
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="environment | deploy | delete | url"
    )
    commands.add_parser("environment", parents=[common, stacked], help="write the settings of a stage")
    commands.add_parser("deploy", parents=[common, stacked], help="deploy, or update what is deployed")
    commands.add_parser("delete", parents=[common], help="delete what `deploy` made")
    where = commands.add_parser("url", parents=[common], help="print the addresses")
    where.add_argument("--json", action="store_true", help="as one JSON object")
    return parser
