"""The tutorials' own API, built from their text alone, deploys and passes the tutorials' own tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIALS = ROOT / "docs" / "tutorials"
# "`schema.graphql`:" before a fence names the file that the fence is.
_FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```", re.S | re.M)


def _files(name: str) -> dict[str, str]:
    return dict(_FILE.findall((TUTORIALS / name).read_text("utf-8")))


def _fence_after(text: str, words: str) -> str:
    match = re.search(re.escape(words) + r".*?```\w+\n(.*?)^```", text, re.S | re.M)
    assert match, words
    return match.group(1)


def _whole(folder: Path) -> None:
    """Write both tutorials' files, with the edits that their text asks for."""
    files = _files("your-own-api.md") | _files("test-a-resolver.md")
    first = (TUTORIALS / "your-own-api.md").read_text("utf-8")
    second = (TUTORIALS / "test-a-resolver.md").read_text("utf-8")
    line = "  const { board, text } = ctx.args;\n"
    files["add-note.js"] = files["add-note.js"].replace(line, line + _fence_after(first, "Add one line to"))
    query = _fence_after(second, "give the type `Query` one more field")
    files["schema.graphql"] = re.sub(r"type Query \{.*?\}\n", query, files["schema.graphql"], flags=re.S)
    resources = _fence_after(second, "Add it to `template.yaml`")
    files["template.yaml"] = files["template.yaml"].replace("Outputs:", resources + "Outputs:")
    files["test_notes.py"] += "\n\n" + _fence_after(second, "Add to `test_notes.py`")
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _localcloud(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "localcloud", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_tutorials_template_has_no_mistakes(tmp_path: Path) -> None:
    for name, text in _files("your-own-api.md").items():
        (tmp_path / name).write_text(text, "utf-8")
    done = _localcloud(tmp_path, "check", "template.yaml")
    assert (done.returncode, done.stdout) == (0, "nothing found\n"), done.stderr


@pytest.mark.slow
@pytest.mark.integration
def test_the_tutorials_tests_pass_on_what_the_tutorials_build(tmp_path: Path) -> None:
    _whole(tmp_path)
    tests = f"{sys.executable} -W ignore -m pytest -q -p no:cacheprovider test_notes.py"
    done = _localcloud(
        tmp_path, "template.yaml", "--port", "0", "--quiet", "--iam", "enforce", "--exit", "--run", tests
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
