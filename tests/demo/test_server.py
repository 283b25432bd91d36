"""What a killed demo left behind is deleted by the next one."""

import os
import subprocess
import sys

from micron_bert.demo import server


def test_leftovers_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(server.tempfile, "gettempdir", lambda: str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = {f"{server.PREFIX}{gone.pid}-x": False, f"{server.PREFIX}{os.getpid()}-y": True, "another-1-z": True}
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "face.mp4").write_bytes(b"film")
    server.sweep()
    assert {name: (tmp_path / name / "face.mp4").exists() for name in names} == names
