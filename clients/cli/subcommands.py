"""One form for the help of every subcommand."""

from __future__ import annotations

import argparse
from typing import Any, Final

ELSEWHERE: Final = "Where the API is and who you are: `orderwire --help`."


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],  # argparse names it nowhere else
    shared: argparse.ArgumentParser,
    name: str,
    summary: str,
    epilog: str = "",
) -> argparse.ArgumentParser:
    """Add a subcommand whose help says what the list of commands says of it, and what it adds.

    Parameters
    ----------
    commands
        Where to add it.
    shared
        The options that every command takes.
    name
        What is typed.
    summary
        One line without a full stop; the help's description as well.
    epilog
        Examples and the like, with their line breaks.
    """
    texts: dict[str, Any] = {
        "help": summary,
        "description": f"{summary[:1].upper()}{summary[1:]}.",
        "epilog": f"{epilog}\n{ELSEWHERE}" if epilog else ELSEWHERE,
    }
    return commands.add_parser(
        name, parents=[shared], formatter_class=argparse.RawDescriptionHelpFormatter, **texts
    )
