"""The definitions of another commit are read as they stood, and nothing in the repository is touched."""

import os
import subprocess
from pathlib import Path

import pytest

from prodops_metrics.definitions import contents_of
from prodops_metrics.definitions.git import branched_from, contents_at
from prodops_metrics.errors import GitError

PERSON = {"GIT_AUTHOR_NAME": "P", "GIT_AUTHOR_EMAIL": "p@example.org", "GIT_CONFIG_GLOBAL": os.devnull}
PERSON |= {"GIT_COMMITTER_NAME": "P", "GIT_COMMITTER_EMAIL": "p@example.org", "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=os.environ | PERSON, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / "metric_defs" / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def commit(folder: Path, **files: str) -> str:
    write(folder, **files)
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "--message", "state")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    return tmp_path


def test_the_files_of_a_commit_are_those_that_lay_there_then(repository: Path) -> None:
    (repository / "README.md").write_text("no definition")
    first = commit(repository, project="project: {name: A}", search="metrics: {}\r\n", teams__money="größe: 1\n")
    then = dict(contents_of(repository))
    (repository / "metric_defs" / "search.yml").unlink()
    commit(repository, project="project: {name: B}")
    write(repository, project="not committed")
    assert contents_at(repository, first) == then
    assert list(contents_at(repository, "HEAD~1")) == list(then)
    assert contents_at(repository, "main")["metric_defs/project.yml"] == b"project: {name: B}"


def test_a_tag_and_an_abbreviated_commit_name_it_too(repository: Path) -> None:
    first = commit(repository, project="project: {name: A}")
    git(repository, "tag", "--annotate", "v1", "--message", "one")
    assert contents_at(repository, "v1") == contents_at(repository, first[:10]) == contents_of(repository)


def test_nothing_in_the_repository_moves(repository: Path) -> None:
    commit(repository, project="project: {name: A}")
    write(repository, project="project: {name: B}", draft="metrics: {}")
    before = git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")
    contents_at(repository, "HEAD")
    assert (git(repository, "status", "--porcelain"), git(repository, "rev-parse", "HEAD")) == before
    assert (repository / "metric_defs" / "project.yml").read_text() == "project: {name: B}"


def test_a_project_may_lie_deeper_in_its_repository(repository: Path) -> None:
    project = repository / "analytics" / "größe of it"
    (repository / "metric_defs").mkdir()
    (repository / "metric_defs" / "other.yml").write_text("another project's")
    write(project, project="project: {name: A}")
    commit(repository)
    assert contents_at(project, "HEAD") == contents_of(project)


def test_a_commit_from_before_the_project_has_no_files(repository: Path) -> None:
    commit(repository)
    write(repository, project="project: {name: A}")
    assert contents_at(repository, "HEAD") == {}


def test_a_file_may_be_a_link_to_another(repository: Path) -> None:
    write(repository, project="project: {name: A}")
    (repository / "shared.yml").write_text("metrics: {}")
    (repository / "metric_defs" / "shared.yml").symlink_to("../shared.yml")
    (repository / "metric_defs" / "gone.yml").symlink_to("../gone.yml")
    commit(repository)
    assert contents_at(repository, "HEAD") == contents_of(repository)
    assert contents_at(repository, "HEAD")["metric_defs/shared.yml"] == b"metrics: {}"


def test_a_hook_reads_the_repository_of_the_project(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository, project="project: {name: A}")
    monkeypatch.setenv("GIT_DIR", str(repository / "elsewhere"))
    assert contents_at(repository, "HEAD") == contents_of(repository)


def test_a_branch_is_held_against_where_it_left(repository: Path) -> None:
    left = commit(repository, project="project: {name: A}")
    git(repository, "switch", "--quiet", "--create", "work")
    commit(repository, search="metrics: {}")
    git(repository, "switch", "--quiet", "main")
    moved_on = commit(repository, project="project: {name: B}")
    git(repository, "switch", "--quiet", "work")
    assert branched_from(repository, "main") == left
    git(repository, "switch", "--quiet", "--orphan", "new")
    commit(repository, project="project: {name: C}")
    assert branched_from(repository, "main") == moved_on


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("mian", "git knows no branch, tag or commit `mian` here. Did you mean `main`?"),
        ("release", "Did you mean `origin/release`?"),
        ("zzz", "A branch that was never fetched needs `git fetch` first."),
        ("--all", "git knows no branch, tag or commit `--all` here."),
        ("", "git knows no branch, tag or commit `` here."),
        ("HEAD:metric_defs", "git knows no branch, tag or commit `HEAD:metric_defs` here."),
    ],
)
def test_a_ref_that_nothing_has_is_answered_with_the_nearest(repository: Path, ref: str, said: str) -> None:
    commit(repository, project="project: {name: A}")
    git(repository, "update-ref", "refs/remotes/origin/release", "HEAD")
    with pytest.raises(GitError) as caught:
        contents_at(repository, ref)
    assert said in str(caught.value)


def test_a_shallow_clone_says_how_to_get_the_rest(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    old = commit(repository, project="project: {name: A}")
    commit(repository, project="project: {name: B}")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "--quiet", "--depth", "1", f"file://{repository}", ".")
    assert contents_at(clone, "HEAD") == contents_at(repository, "main")
    with pytest.raises(GitError, match=r"`git fetch --unshallow` \(in a workflow: `fetch-depth: 0`\)"):
        contents_at(clone, old)


def test_a_folder_outside_any_repository_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError, match="is in no git repository"):
        contents_at(tmp_path, "main")


def test_without_git_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git, which is not installed"):
        contents_at(tmp_path, "main")


def test_an_object_that_is_lost_is_named(repository: Path) -> None:
    commit(repository, events="events: {}", project="project: {name: A}", search="metrics: {}")
    lost = git(repository, "rev-parse", "HEAD:metric_defs/project.yml")
    path = repository / ".git" / "objects" / lost[:2] / lost[2:]
    path.unlink()
    with pytest.raises(GitError, match=r"git cannot read metric_defs/project\.yml"):
        contents_at(repository, "HEAD")
