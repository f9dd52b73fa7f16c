"""A commit of a git repository, fetched by this machine's git: a full hash, so that it can be only one.

Git itself compares what it fetches with the hashes that name it. It runs here and not in a container: the login of a vendor's
repository is its operator's, in his agent and his configuration.
"""

import tempfile
from pathlib import Path

from runner.command import CommandEnd, run_command
from runner.containers.site_settings import proxies, redact
from runner.containers.sources.tree import read_archive
from runner.errors import HostNotReady, IndexUnreachable, MissingFile
from runner.planning.sources import Commit
from runner.settings import BuildSettings

_PATIENCE = 1800.0
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


def fetch_commit(who: str, source: Commit, settings: BuildSettings) -> dict[str, bytes]:
    """Fetch the tree of a commit, whether or not its branch has gone on or is gone.

    Raises:
        HostNotReady: there is no git here.
        IndexUnreachable: the repository does not answer, or wants a login.
        MissingFile: it has no such commit, or the commit no source tree.
    """
    with tempfile.TemporaryDirectory(prefix="thing-a-me-") as scratch:
        repository = _Repository(Path(scratch), settings)
        repository.demand("init", "--quiet", "--bare", said=f"{who}: git cannot make a repository")
        at = redact(source.git)
        # What no branch or tag leads to any more is served by its hash alone; old servers and plain HTTP do not serve that.
        if repository.git("fetch", "--quiet", "--no-tags", "--depth", "1", source.git, source.commit).exit_code != 0:
            repository.demand("fetch", "--quiet", "--no-tags", source.git, *_EVERYTHING, said=f"{who}: cannot fetch from {at}")
        if repository.git("cat-file", "-e", f"{source.commit}^{{commit}}").exit_code != 0:
            raise MissingFile(
                f"{who}: {at} has no commit {source.commit}",
                hint="compare it with `git rev-parse TAG^{commit}`; was the branch rewritten?",
            )
        archive = Path(scratch) / "tree.tar"
        words = ("archive", "--format=tar", "--prefix=tree/", f"--output={archive}", source.commit)
        repository.demand("-c", "core.autocrlf=false", *words, said=f"{who}: git cannot pack {source.commit}")
        return read_archive(who, archive, f"commit {source.commit} of {at}")


class _Repository:
    """A repository that is gone when its folder is."""

    def __init__(self, folder: Path, settings: BuildSettings) -> None:
        self._folder = folder
        self._environment = {
            **proxies(settings),
            **({"GIT_SSL_CAINFO": settings.ca_bundle} if settings.ca_bundle else {}),
            "GIT_DIR": str(folder / "git"),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
            "LC_ALL": "C",
        }

    def git(self, *words: str) -> CommandEnd:
        try:
            return run_command(("git", *words), timeout=_PATIENCE, environment=self._environment)
        except OSError as error:
            raise HostNotReady(
                f"git cannot be run: {error.strerror}", hint="apt install git; or name a tarball or folder"
            ) from error

    def demand(self, *words: str, said: str) -> None:
        ended = self.git(*words)
        if ended.exit_code != 0:
            raise IndexUnreachable(
                f"{said}: {redact(ended.last_words)}",
                hint="check the URL, proxy, CA bundle and login: `git ls-remote URL` asks the same",
            )
