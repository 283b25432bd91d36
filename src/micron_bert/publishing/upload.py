"""Uploading a folder that was built: one commit that is there as a whole or not at all, then a tag."""

import re
import time
from dataclasses import dataclass
from fnmatch import fnmatch

from micron_bert import __version__
from micron_bert.errors import InputError
from micron_bert.publishing.repository import Repository

ATTEMPTS = 3  # at a commit, when the connection breaks; large files are tried more often, one by one
PAUSE = 2.0  # seconds, doubled each time
KERNELS_SINCE = (2, 3)  # the release of `huggingface-hub` that commits to a kernel's repository
TAG = f"v{__version__}"


@dataclass(frozen=True)
class Published:
    """
    Attributes:
        commit (`str`): that the first branch is at.
        changed (`bool`): whether anything was uploaded.
        tagged (`str`): commit that the version's tag is at.
    """

    commit: str
    changed: bool
    tagged: str


def connect(owner: str, token: str | None = None):
    """
    The Hub, after checking that it can be reached and that the token may write there.

    Args:
        owner (`str`):
            The user or organisation to publish for.
        token (`str`, *optional*):
            `HF_TOKEN`, or the one of `hf auth login`, if left out.

    Returns:
        `huggingface_hub.HfApi`

    Raises:
        [`InputError`]: no token, a wrong one, no connection, or somebody else's name.
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import OfflineModeIsEnabled

    token = token or get_token()
    if token is None:
        raise InputError(
            "Publishing needs a token with the right to write: set `HF_TOKEN`, or run `hf auth login` once."
        )
    api = HfApi(token=token)
    try:
        user = _explained(api.whoami)
    except OfflineModeIsEnabled as error:
        raise InputError("`HF_HUB_OFFLINE` is set; unset it to publish.") from error
    owners = [user["name"], *(organisation["name"] for organisation in user.get("orgs", ()))]
    if owner not in owners:
        raise InputError(f"`{owner}` is not yours: this token can publish for {', '.join(f'`{o}`' for o in owners)}.")
    return api


def lacks_kernels() -> str | None:
    """A sentence where the installed `huggingface-hub` cannot upload kernels."""
    from huggingface_hub import __version__ as installed

    if tuple(map(int, re.findall(r"\d+", installed)[:2])) >= KERNELS_SINCE:
        return None
    needed = ".".join(map(str, KERNELS_SINCE))
    return f"a kernel needs `huggingface-hub` {needed} or newer (here: {installed}); update it"


def upload(api, repository: Repository, private: bool = False) -> Published:
    """
    Makes a repository on the Hub equal to its folder. Doing it again changes nothing.

    Args:
        api (`huggingface_hub.HfApi`):
            From [`connect`].
        repository ([`Repository`]):
            What to upload.
        private (`bool`, defaults to `False`):
            Whether a repository that is new is visible to its owners only.

    Raises:
        [`InputError`]: the connection broke and did not come back, or the Hub refuses. Everything that was there
            before is still there, and large files that had arrived need not be sent again.
    """
    where = {"repo_id": repository.repo_id, "repo_type": repository.repo_type}
    sdk = {"space_sdk": "gradio"} if repository.repo_type == "space" else {}
    _explained(lambda: api.create_repo(**where, **sdk, private=private or None, exist_ok=True))
    changed = False
    for branch in repository.branches:
        before = _references(api, where, "branches").get(branch)
        if before is None:
            _explained(lambda branch=branch: api.create_branch(**where, branch=branch))
        changed |= before != _explained(lambda branch=branch: _commit(api, repository, where, branch))
    commit = _references(api, where, "branches")[repository.branches[0]]
    tagged = _references(api, where, "tags").get(TAG)
    if tagged is None:
        _explained(lambda: api.create_tag(**where, tag=TAG, revision=repository.branches[0], exist_ok=True))
    return Published(commit, changed or tagged is None, tagged or commit)


def _references(api, where: dict, kind: str) -> dict[str, str]:
    """Commits that the branches or the tags are at, by their names."""
    listed = getattr(_explained(lambda: api.list_repo_refs(**where)), kind)
    return {reference.name: reference.target_commit for reference in listed}


def _commit(api, repository: Repository, where: dict, branch: str) -> str:
    """
    Commits the differences; returns the branch's commit after it.

    (Not by `upload_folder`, which makes several commits of a large folder: half a release could be seen.)
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    wanted = [path.as_posix() for path in repository.files()]
    there = api.list_repo_files(**where, revision=branch)
    gone = [path for path in there if path not in wanted and any(fnmatch(path, p) for p in repository.replaced)]
    operations = [CommitOperationDelete(path) for path in gone]
    operations += [CommitOperationAdd(path, repository.folder / path) for path in wanted]
    return api.create_commit(
        **where, operations=operations, commit_message=f"micron-bert {__version__}", revision=branch
    ).oid


def _explained(call):
    """The result of a call; tries again where the connection broke, and says in a sentence what went wrong."""
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except (HTTPError, RuntimeError) as error:
            # an error in the thread of a large file comes wrapped
            cause = error if isinstance(error, HTTPError) else error.__cause__
            if not isinstance(cause, HTTPError):
                raise
            status = cause.response.status_code if isinstance(cause, HfHubHTTPError) else None
            if status == 401:
                raise InputError("The Hub does not know this token; set `HF_TOKEN` to a valid one.") from error
            if status == 403:
                raise InputError("This token may not write there; use one that has the right to.") from error
            if attempt == ATTEMPTS or (status is not None and status < 500):
                reason = (str(cause).strip() or type(cause).__name__).splitlines()[0].rstrip(".")
                raise InputError(
                    f"The Hub cannot be used ({reason}); what was published before is unharmed, and the same command "
                    "goes on from here."
                ) from error
        time.sleep(PAUSE * 2 ** (attempt - 1))
