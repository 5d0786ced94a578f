"""The command line of the deployer: the local start's own steps, with a bucket and a question before them."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape

from localcloud.stack import destroy as deletion
from localcloud.stack.account import Account, AwsError, clear_errors, sign_in
from localcloud.stack.arguments import parser
from localcloud.stack.body import LARGEST_BODY, template_text
from localcloud.stack.bucket import ensure_bucket, object_url, put_template
from localcloud.stack.building import Builder
from localcloud.stack.deploy import Change, DeployError, ResourceEvent, deploy
from localcloud.stack.inspection import Stack, describe, previous_values
from localcloud.stack.package import package
from localcloud.stack.parameters import UsageError, check_complete, pairs, parameter_values
from localcloud.stack.template import Json, TemplateError, read_template


class Declined(Exception):
    """The user did not confirm."""


class Deployer:
    """The commands that talk to an account.

    Parameters
    ----------
    options
        The parsed command line.
    out
        Where results go.
    talk
        Where everything that is for people goes.
    confirm
        Puts a question; returns the answer.
    """

    def __init__(
        self, options: argparse.Namespace, *, out: Console, talk: Console, confirm: Callable[[str], str]
    ) -> None:
        self._options = options
        self._out = out
        self._talk = talk
        self._prompt_for = confirm
        self._steps = 0

    def run(self) -> int:
        """Carry out the command; return its exit code.

        Raises
        ------
        AwsError, DeployError, TemplateError, UsageError, Declined
        """
        account = sign_in(region=self._options.region, profile=self._options.profile)
        if self._options.command != "outputs":
            self._say(f"account {account.number}, region {account.region}, as {account.caller}")
        with clear_errors():
            return {"deploy": self._deploy, "destroy": self._destroy, "outputs": self._outputs}[
                self._options.command
            ](account)

    def _deploy(self, account: Account) -> int:
        name, path = self._options.stack, self._options.template
        pseudo = {"AWS::Region": account.region, "AWS::AccountId": account.number, "AWS::StackName": name}
        values = {**pseudo, **pairs(self._options.parameter)}
        document = read_template(path, values)
        parameters = parameter_values(document, self._options.parameter)
        self._confirm(account, f"Deploy {path} as stack {name}?")
        cloudformation = account.client("cloudformation")
        previous = previous_values(cloudformation, name)
        if previous:
            values = {**previous, **values}
            document = read_template(path, values)  # loops may go over what the stack has
        check_complete(document, values, str(path))
        bucket, is_new = ensure_bucket(account, self._options.bucket)
        self._say(f"artefacts go to the bucket {bucket}{' (new)' if is_new else ''}")
        packaged = package(
            document,
            path.resolve().parent,
            account.client("s3"),
            bucket,
            owner=account.number,
            url=lambda key: object_url(account, bucket, key),
            values=values,
            builder=Builder(self._say, for_aws=not account.is_local),
        )
        stack = deploy(
            cloudformation,
            name=name,
            template=packaged.template,
            template_url=_template_url(account, bucket, packaged.template),
            parameters=parameters,
            keep_parameters=True,
            on_changes=self._changes,
            on_event=self._event,
            poll_seconds=0.1 if account.is_local else 3,
        )
        if self._options.protect:
            cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=True)
        self._say(f"stack {name} is in place" if self._steps else f"stack {name} had nothing to change")
        self._show(stack)
        return 0

    def _destroy(self, account: Account) -> int:
        name = self._options.stack
        cloudformation = account.client("cloudformation")
        intended = deletion.plan(cloudformation, name)
        self._say(f"{len(intended.deleted)} resources will be deleted")
        for resource in intended.retained:
            self._say(
                f"kept, as the template says: {resource.logical_id} ({resource.resource_type}) "
                f"{resource.physical_id}"
            )
        self._confirm(account, f"Delete stack {name}?")
        deletion.destroy(
            cloudformation,
            account.client("s3"),
            intended,
            on_event=self._event,
            poll_seconds=0.1 if account.is_local else 3,
        )
        self._say(f"stack {name} is gone")
        if intended.retained:
            self._say(f"{len(intended.retained)} resources with their data stay, named above")
        return 0

    def _outputs(self, account: Account) -> int:
        name = self._options.stack
        cloudformation = account.client("cloudformation")
        deletion.find(cloudformation, name)
        stack = describe(cloudformation, name)
        if self._options.json:
            self._out.print_json(json.dumps(stack.outputs))
        else:
            self._show(stack)
        return 0

    def _confirm(self, account: Account, question: str) -> None:
        if self._options.yes or account.is_local:
            return
        if self._prompt_for(f"{question} [y/N] ").strip().lower() not in {"y", "yes"}:
            raise Declined("nothing was done")

    def _changes(self, changes: Sequence[Change]) -> None:
        count = {
            action: sum(change.action == action for change in changes)
            for action in ("Add", "Modify", "Remove")
        }
        self._say(f"{count['Add']} to add, {count['Modify']} to change, {count['Remove']} to remove")
        for change in changes:
            if change.replaces:
                self._talk.print(
                    f"[yellow]warning[/]  {change.logical_id} ({change.resource_type}) is replaced: "
                    "what it holds stays behind in the old one"
                )

    def _event(self, event: ResourceEvent) -> None:
        self._steps += 1
        colour = {"FAILED": "red", "COMPLETE": "green"}.get(event.status.rpartition("_")[2], "dim")
        line = f"[{colour}]{event.status:<20}[/] {event.resource_type} {escape(event.logical_id)}"
        self._talk.print(f"{line} {escape(event.reason or '')}".rstrip())

    def _show(self, stack: Stack) -> None:
        width = max(map(len, stack.outputs), default=0)
        for key, value in sorted(stack.outputs.items()):
            self._out.print(f"{key:<{width}}  {escape(value)}")

    def _say(self, text: str) -> None:
        self._talk.print(escape(text))


def _template_url(account: Account, bucket: str, template: dict[str, Json]) -> str | None:
    body = template_text(template).encode()
    if len(body) <= LARGEST_BODY:
        return None
    return put_template(account, bucket, f"{hashlib.sha256(body).hexdigest()[:32]}.template.json", body)


def _prompt(question: str) -> str:
    if not sys.stdin.isatty():
        raise Declined("no terminal to confirm on: give --yes (make: YES=1)")
    return input(question)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    out = Console(highlight=False, soft_wrap=True, emoji=False)
    talk = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    try:
        if options.command == "join":
            sys.stdout.write(json.dumps(read_template(options.template), indent=2, ensure_ascii=False) + "\n")
            return 0
        return Deployer(options, out=out, talk=talk, confirm=_prompt).run()
    except (TemplateError, UsageError) as error:
        code, message = 2, str(error)
    except Declined as error:
        code, message = 3, str(error)
    except (AwsError, DeployError) as error:
        code, message = 1, str(error)
    except KeyboardInterrupt:
        code, message = 130, "interrupted; what CloudFormation has begun it goes on with: see `outputs`"
    talk.print(f"[red]error[/]  {escape(message)}")
    return code
