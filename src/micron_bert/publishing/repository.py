"""The repositories of one release, named after the model's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from micron_bert.errors import InputError

KINDS = ("model", "kernel", "metric", "space", "dataset")  # of a release
BROWSER = "space-static"  # published by its name alone: it needs npm
TYPES = {"model": "model", "kernel": "kernel", "metric": "space", "space": "space", "dataset": "dataset"}
TYPES[BROWSER] = "space"


@dataclass(frozen=True)
class Repository:
    """
    A folder that is ready to be uploaded.

    Attributes:
        kind (`str`): one of `KINDS`, or `BROWSER`.
        repo_id (`str`): `ORG/NAME` on the Hub.
        folder (`Path`): exactly what is uploaded.
        branches (`tuple[str, ...]`): that hold it; a kernel is loaded from the branch of its version.
        replaced (`tuple[str, ...]`): patterns of files that are deleted there when they are not in the folder.
    """

    kind: str
    repo_id: str
    folder: Path
    branches: tuple[str, ...] = ("main",)
    replaced: tuple[str, ...] = ()

    @property
    def repo_type(self) -> str:
        return TYPES[self.kind]

    def files(self) -> list[Path]:
        """Relative paths, sorted."""
        return sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())


def check_repo_id(repo_id: str) -> None:
    """Raises [`InputError`] for what is no `ORG/NAME`."""
    part = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
    if not re.fullmatch(f"{part}/{part}", repo_id) or "--" in repo_id or ".." in repo_id or len(repo_id) > 80:
        raise InputError(
            f"`{repo_id}` cannot name a repository; give `ORG/NAME` of letters, digits, `-`, `_` and `.`, such as "
            "`my-lab/micron-bert`."
        )


def siblings(repo_id: str, metrics: Sequence[str]) -> dict[str, list[str]]:
    """Repositories of each kind, given the model's: `ORG/NAME`, `ORG/NAME-kernel`, `ORG/NAME-strs`, …"""
    check_repo_id(repo_id)
    return {
        "model": [repo_id],
        "kernel": [f"{repo_id}-kernel"],
        "metric": [f"{repo_id}-{name}" for name in metrics],
        "space": [f"{repo_id}-space"],
        BROWSER: [f"{repo_id}-browser"],
        "dataset": [f"{repo_id}-synthetic"],
    }
