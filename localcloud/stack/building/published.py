"""Layers that others have published: named by ARN, and no part of any template.

Some of them hold packages of PyPI: those are installed. The files of the others are in their account
alone, so functions run without them, which `check` and the start say.

Sources: https://docs.aws.amazon.com/powertools/python/latest/getting-started/install/ (accounts and names),
https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from localcloud.stack.building import pip
from localcloud.stack.building.cache import cached, fingerprint
from localcloud.stack.document import TemplateError
from localcloud.stack.template import Json

_PACKAGES: Final = (
    (re.compile(r"017000801446:layer:AWSLambdaPowertoolsPythonV3"), "aws-lambda-powertools[all]>=3,<4"),
    (re.compile(r"017000801446:layer:AWSLambdaPowertoolsPythonV2"), "aws-lambda-powertools[all]>=2,<3"),
    (re.compile(r"resolve:ssm:/aws/service/powertools/python/"), "aws-lambda-powertools[all]>=3,<4"),
    (re.compile(r"336392948345:layer:AWSSDKPandas-Python3"), "awswrangler>=3,<4"),
)
_LAYER: Final = re.compile(r"(?:^|:)(\d{12}):layer:([A-Za-z0-9_-]+)")
_OWN: Final = "000000000000"

Install = Callable[[str, Path], None]


def requirement_of(layer: Json) -> str | None:
    """Return the requirement that stands for a layer; None where there is none.

    Parameters
    ----------
    layer
        An entry of a function's ``Layers``, or an ARN.

    Examples
    --------
    >>> name = "AWSLambdaPowertoolsPythonV3-python313-x86_64"
    >>> requirement_of({"Fn::Sub": f"arn:aws:lambda:${{AWS::Region}}:017000801446:layer:{name}:7"})
    'aws-lambda-powertools[all]>=3,<4'
    """
    text = layer if isinstance(layer, str) else json.dumps(layer)
    return next((requirement for pattern, requirement in _PACKAGES if pattern.search(text)), None)


def elsewhere(layers: Json, account: str = _OWN) -> Iterator[str]:
    """Yield the account and name of each layer whose files are not on this machine.

    Parameters
    ----------
    layers
        A function's ``Layers``.
    account
        The local cloud's own.

    Examples
    --------
    >>> list(elsewhere(["arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:52"]))
    ['580247275435:layer:LambdaInsightsExtension']
    """
    for layer in layers if isinstance(layers, list) else []:
        match = _LAYER.search(layer if isinstance(layer, str) else json.dumps(layer).replace('"', ""))
        if match and match[1] != account and requirement_of(layer) is None:
            yield f"{match[1]}:layer:{match[2]}"


def install_layer(layer: Json, say: Callable[[str], None], install: Install | None = None) -> Path | None:
    """Return the folder of a published layer, installed on first need; None where it is none of PyPI's.

    Raises
    ------
    TemplateError
        pip cannot install it; the message says why.
    """
    requirement = requirement_of(layer)
    if requirement is None:
        return None

    def build(target: Path) -> None:
        say(f"installing what a published layer holds: {requirement}")
        (install or _install)(requirement, target / "python")

    return cached(f"published-{fingerprint(requirement, str(sys.version_info[:2]))}", build)


def foreign_layer(arn: str, account: str = _OWN) -> Path | None:
    """Return the folder that stands for another account's layer; an empty one where its files are elsewhere.

    None for a layer of this account.

    Raises
    ------
    OSError
        Its packages cannot be installed.
    """
    try:
        folder = install_layer(arn, lambda _: None)
    except TemplateError as error:
        raise OSError(str(error)) from error
    if folder is None and any(elsewhere([arn], account)):
        return cached("published-elsewhere", lambda _: None)
    return folder


def _install(requirement: str, target: Path) -> None:
    pip.install([requirement], target, what="a published layer")
