"""Runs cfn-lint or checkov on the whole template, and names the file and line that each finding is about.

Both read one file, so the fragments of appsync/template.yaml are joined first; what they find in the joined
file is shown where it was written.

python -m tools.lint_template cfn-lint
python -m tools.lint_template checkov
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.check.finding import SourcePlace
from localcloud.check.positions import Positions
from localcloud.stack.template import Json, read_template

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = ROOT / "appsync" / "template.yaml"
NESTED: Final = TEMPLATE.parent / "nested"
COPY: Final = ROOT / ".local" / "lint" / "appsync"


def write_joined(folder: Path, *, switch_on: bool = False) -> list[Path]:
    """Write the joined template and those that it nests into a folder; return the files.

    Parameters
    ----------
    switch_on
        Whether what parameters leave out by default is there: checkov does not look at the rest.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / NESTED.name).mkdir(parents=True)
    whole = read_template(TEMPLATE)
    joined = folder / "template.json"
    joined.write_text(json.dumps(_switched_on(whole) if switch_on else whole, indent=1), encoding="utf-8")
    files = [joined]
    for nested in sorted(NESTED.glob("*.yaml")):
        text = nested.read_text(encoding="utf-8")
        copy = folder / NESTED.name / nested.name
        copy.write_text(text.replace('Default: "false"', 'Default: "true"') if switch_on else text, "utf-8")
        files.append(copy)
    return files


def _switched_on(whole: Mapping[str, Json]) -> dict[str, Json]:
    declared = whole["Parameters"]
    assert isinstance(declared, dict)
    parameters = {
        name: {**body, "Default": "true"}
        if isinstance(body, dict) and body.get("Default") == "false"
        else body
        for name, body in declared.items()
    }
    return {**whole, "Parameters": parameters}


def cfn_lint() -> list[str]:
    """Return what cfn-lint finds, a line each."""
    files = write_joined(COPY)
    strict = COPY.parent / "cfnlintrc.yaml"  # in the place of the one for editors
    strict.write_text("ignore_checks: [W3002]\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--config-file", str(strict)]
    command += ["--format", "json", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.lstrip().startswith("["):
        raise SystemExit(f"cfn-lint failed: {done.stderr.strip() or done.stdout.strip()}")
    places = Positions(TEMPLATE)
    return [
        f"{_shown(place_of(places, match))}: {match['Rule']['Id']}: {match['Message']}"
        for match in json.loads(done.stdout)
    ]


def place_of(places: Positions, match: Mapping[str, Any]) -> SourcePlace:
    """Return where a finding of cfn-lint was written."""
    file = Path(match["Filename"])
    if file.suffix != ".json":
        return SourcePlace(NESTED / file.name, match["Location"]["Start"]["LineNumber"])
    match [str(step) for step in match["Location"]["Path"] or ()]:
        case ["Resources", logical_id, "Properties", *names]:
            return places.of(logical_id, *names)
        case ["Resources", logical_id, *_]:
            return places.of(logical_id)
        case [section, name, *_]:
            return places.at(section, name)
    return SourcePlace(TEMPLATE)


def checkov() -> list[str]:
    """Return the checks of checkov that fail, a line each."""
    files = write_joined(COPY.parent / "checkov", switch_on=True)
    command = [str(ROOT / ".venv-checkov" / "bin" / "checkov"), "--framework", "cloudformation"]
    command += ["--skip-download", "--compact", "--quiet", "--output", "json", "--config-file"]
    command += [str(ROOT / ".checkov.yaml"), *(word for file in files for word in ("--file", str(file)))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"checkov failed: {done.stderr.strip() or done.stdout.strip()}") from None
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise SystemExit("checkov cannot read the template")
    return list(_failures(report["results"]))


def _failures(results: Mapping[str, Any]) -> Iterator[str]:
    places = Positions(TEMPLATE)
    for failed in results["failed_checks"]:
        file, logical_id = Path(failed["file_path"]), failed["resource"].rpartition(".")[2]
        nested = SourcePlace(NESTED / file.name, failed["file_line_range"][0])
        place = places.of(logical_id) if file.suffix == ".json" else nested
        yield f"{_shown(place)}: {logical_id}: {failed['check_id']}: {failed['check_name']}"


def _shown(place: SourcePlace) -> str:
    return f"{place.path.relative_to(ROOT)}:{place.line}"


def main(arguments: list[str]) -> int:
    """Run the tool that is named; return 1 when it finds something."""
    tools = {"cfn-lint": cfn_lint, "checkov": checkov}
    if len(arguments) != 1 or arguments[0] not in tools:
        print(__doc__, file=sys.stderr)
        return 2
    findings = tools[arguments[0]]()
    print("\n".join(findings), end="\n" if findings else "")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
