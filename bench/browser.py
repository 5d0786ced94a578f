"""Find a Chromium for the tests of the page; as root on Debian or Ubuntu, install one.

``python bench/browser.py`` prints where it is. Where there is none and none can be installed, it says what
to do and ends well: the tests that need it are skipped, with that as their reason. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WANTED = "the tests of the page need Chromium: apt-get install chromium, or name one in ORDERWIRE_BROWSER"
SECONDS = 180


def find(environment: dict[str, str] | None = None) -> str | None:
    """Return the path of a Chromium: what ``ORDERWIRE_BROWSER`` names, or the system's; None without one."""
    variables = dict(os.environ) if environment is None else environment
    path = variables.get("PATH")
    named = variables.get("ORDERWIRE_BROWSER")
    if named:
        return shutil.which(named, path=path)
    return next((browser for name in NAMES if (browser := shutil.which(name, path=path))), None)


def install() -> None:
    """Install Debian's package, quietly; whatever goes wrong, there is none afterwards."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("browser: installing Debian's chromium ...", file=sys.stderr, flush=True)
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        try:
            subprocess.run(
                command,
                env=environment,
                capture_output=True,
                check=False,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            return


def main() -> int:
    """Print where the browser is, or what is missing."""
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if find() is None and may_install and not os.environ.get("ORDERWIRE_BROWSER"):
        install()
    print(find() or f"browser: {WANTED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
