"""A base is built beside the user's checkout, once, by its own set-up."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bench import base
from bench.benchmarks.suite import make_clone
from bench.model import NotMeasured

# Stands for a commit's own set-up: it makes an interpreter, and notes that it was asked.
SETUP = """
import pathlib, sys
root = pathlib.Path(__file__).resolve().parent.parent
python = root / ".venv" / "bin" / "python"
python.parent.mkdir(parents=True, exist_ok=True)
python.write_text({version!r})
with (root / "asked.txt").open("a") as file:
    file.write(sys.argv[1] + chr(10))
"""


def git(folder: Path, *arguments: str) -> str:
    return base.git(folder, *arguments).strip()


def commit(folder: Path, version: str) -> str:
    (folder / "tools").mkdir(exist_ok=True)
    (folder / "tools" / "setup.py").write_text(SETUP.format(version=version))
    git(folder, "add", ".")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    git(folder, *identity, "commit", "--quiet", "--message", version)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / ".gitignore").write_text(".local/\n.venv/\nasked.txt\n")
    commit(folder, "first")
    git(folder, "tag", "v1")
    commit(folder, "second")
    return folder


def silent(_text: str) -> None:
    pass


def test_base_is_the_commit_with_its_own_environment(repository: Path) -> None:
    side = base.build("v1", silent, root=repository)
    assert side.name == "base"
    assert side.commit == git(repository, "rev-parse", "v1")
    assert side.root == repository / ".local" / "base" / side.commit[:12]
    assert side.python.read_text() == "first"
    assert side.template == side.root / "appsync" / "template.yaml"


def test_checkout_of_the_user_stays_unchanged(repository: Path) -> None:
    (repository / "edited.txt").write_text("not committed")
    base.build("v1", silent, root=repository)
    assert git(repository, "symbolic-ref", "--short", "HEAD") == "main"
    assert git(repository, "status", "--porcelain") == "?? edited.txt"
    assert "second" in (repository / "tools" / "setup.py").read_text()
    assert not (repository / ".venv").exists()


def test_a_base_is_checked_out_once(repository: Path) -> None:
    first = base.build("v1", silent, root=repository)
    lines: list[str] = []
    assert base.build(first.commit, lines.append, root=repository) == first
    # The set-up is asked again: it knows by the digest of its lock files whether there is anything to do.
    assert (first.root / "asked.txt").read_text().split() == ["run", "run"]
    assert not any("checking out" in line for line in lines)


def test_a_base_that_was_removed_is_checked_out_again(repository: Path) -> None:
    side = base.build("v1", silent, root=repository)
    shutil.rmtree(repository / ".local")
    assert base.build("v1", silent, root=repository) == side
    assert side.python.read_text() == "first"


def test_a_base_that_was_moved_to_another_commit_is_checked_out_again(repository: Path) -> None:
    side = base.build("v1", silent, root=repository)
    git(side.root, "checkout", "--quiet", "--detach", "main")
    base.build("v1", silent, root=repository)
    assert "first" in (side.root / "tools" / "setup.py").read_text()


@pytest.mark.parametrize("revision", ["none", "--help", "v1:tools"])
def test_unknown_commit_is_refused_as_a_base(repository: Path, revision: str) -> None:
    with pytest.raises(NotMeasured, match=revision):
        base.build(revision, silent, root=repository)


def test_failing_set_up_is_reported_with_its_last_line(repository: Path) -> None:
    (repository / "tools" / "setup.py").write_text("raise SystemExit('no registry')")
    git(repository, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "-am", "broken")
    with pytest.raises(NotMeasured, match=r"`python\S* tools/setup.py run` failed: no registry"):
        base.build("HEAD", silent, root=repository)


def test_git_variables_of_a_hook_are_ignored(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert base.commit_of("v1", repository) == git(repository, "rev-parse", "v1")


def test_tests_run_in_a_clone_of_the_commit(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    make_clone(base.commit_of("v1", repository), clone, repository)
    assert "first" in (clone / "tools" / "setup.py").read_text()
    assert git(repository, "worktree", "list").count("\n") == 0
