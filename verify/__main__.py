"""``python -m verify``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from clients import OrderwireError, load
from localcloud.stack.account import Account, AwsError, clear_errors, sign_in
from localcloud.stack.deploy import DeployError
from localcloud.stack.destroy import find
from localcloud.stack.inspection import describe
from verify.guest import guest
from verify.smoke import STOCK, smoke

DESCRIPTION = """\
Check a deployed Orderwire with a temporary user: one order to its end, one cancelled, one intruder.
It costs a fraction of a cent on AWS and takes everything away that it made, but for logs and the
two workflow executions. AWS_ENDPOINT_URL names a local cloud instead.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m verify",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", required=True, metavar="NAME")
    parser.add_argument("--region", metavar="REGION", help="default: the AWS chain's")
    parser.add_argument("--profile", metavar="NAME", help="default: the AWS chain's")
    parser.add_argument(
        "--patience", type=float, default=120, metavar="SECONDS", help="for each order's life"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def run(options: argparse.Namespace, account: Account, console: Console) -> None:
    """Check the stack. Raises ``AwsError``, ``DeployError`` or ``OrderwireError``."""
    with clear_errors():
        cloudformation = account.client("cloudformation")
        find(cloudformation, options.stack)
        outputs = describe(cloudformation, options.stack).outputs
        with guest(account, outputs, available=STOCK) as customer:
            # The caller's own ORDERWIRE_* may name another deployment.
            settings = load(
                {"AWS_ENDPOINT_URL": account.endpoint} if account.endpoint else {},
                endpoint=outputs["GraphQLUrl"],
                realtime=outputs["RealtimeUrl"],
                client_id=outputs["UserPoolClientId"],
                region=account.region,
            )

            def report(text: str, seconds: float) -> None:
                console.print(f"[green]ok[/]     {escape(text)}  [dim]{seconds:.1f} s[/]")

            asyncio.run(smoke(settings, customer, report, patience=options.patience))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0 all holds, 1 something does not, 3 not confirmed."""
    options = parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    try:
        account = sign_in(region=options.region, profile=options.profile)
        console.print(f"account {account.number}, region {account.region}, as {escape(account.caller)}")
        if not (options.yes or account.is_local):
            question = f"Make a temporary user and two orders in stack {options.stack}? [y/N] "
            if not sys.stdin.isatty() or input(question).strip().lower() not in {"y", "yes"}:
                console.print("nothing was done: it was not confirmed (--yes; make: YES=1)")
                return 3
        run(options, account, console)
    except (AwsError, DeployError, OrderwireError) as error:
        console.print(f"[red]failed[/] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        return 130
    console.print("every check holds, and everything that was created is deleted again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
