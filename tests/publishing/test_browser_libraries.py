"""The page's libraries are those that were chosen, byte for byte, or there is a sentence."""

import hashlib
import io
import subprocess
import tarfile
from dataclasses import replace

import pytest

from micron_bert.errors import InputError
from micron_bert.publishing import browser_libraries
from micron_bert.publishing.browser_libraries import FILES, fetch_browser_libraries


@pytest.fixture
def npm(monkeypatch):
    """An npm that packs files whose content is their name; the list of what was asked for."""
    content = {file.member: file.member.encode() for file in FILES}
    files = [replace(file, sha256=hashlib.sha256(content[file.member]).hexdigest()) for file in FILES]
    monkeypatch.setattr(browser_libraries, "FILES", files)
    monkeypatch.setattr(browser_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    asked = []

    def run(command, cwd, **options):
        asked.append(command[-1])
        with tarfile.open(cwd / "packed.tgz", "w:gz") as archive:
            for name, data in content.items():
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(browser_libraries.subprocess, "run", run)
    return content, asked


def test_each_package_is_fetched_once(npm, tmp_path):
    content, asked = npm
    paths = fetch_browser_libraries(tmp_path / "kept")
    assert [path.name for path in paths] == [file.name for file in FILES]
    assert paths[0].read_bytes() == content[FILES[0].member]
    assert len(asked) == len({file.package for file in FILES})
    paths[-1].write_bytes(b"damaged")
    fetch_browser_libraries(tmp_path / "kept")
    assert asked[-1] == FILES[-1].package and len(asked) == 3
    assert paths[-1].read_bytes() == content[FILES[-1].member]


def test_other_bytes_are_not_used(npm, tmp_path):
    content, _ = npm
    content[FILES[1].member] = b"something else"
    with pytest.raises(InputError, match="unexpected checksum"):
        fetch_browser_libraries(tmp_path)
    assert not (tmp_path / FILES[1].name).exists()


def test_without_npm_the_sentence_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(browser_libraries.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="needs `npm` once"):
        fetch_browser_libraries(tmp_path)
