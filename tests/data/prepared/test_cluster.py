import os
import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image


@pytest.mark.slow
def test_ray_writes_what_one_process_writes(tmp_path):
    pytest.importorskip("ray")
    lines, source = ["subject,clip,frames,onset,apex,offset,fps,emotion"], tmp_path / "recordings"
    face = skimage.data.astronaut()[:256, 80:336]
    for subject in range(3):
        (source / str(subject)).mkdir(parents=True)
        for number in range(3):
            frame = np.roll(face, (number, subject), axis=(0, 1))
            Image.fromarray(frame).save(source / str(subject) / f"img{number}.png")
        lines.append(f"{subject},1,{subject},0,1,2,30,happiness")
    (source / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # one clip a shard, so that the workers share the tasks; their modules are as they come
    start = "import sys; from micron_bert.data.prepared import prepare; prepare.SHARD_FRAMES = 2; "
    start += "from micron_bert.cli.main import main; sys.exit(main(sys.argv[1:]))"
    # Ray's workers are as nice as can be, unless told otherwise: on a busy machine they would never have their turn
    environment = {**os.environ, "RAY_worker_niceness": "0", "OMP_NUM_THREADS": "1"}
    for name, more in {"here": (), "there": ("--executor", "ray", "--processes", "2")}.items():
        command = [sys.executable, "-c", start, "prepare", "folder", str(source), "--output", str(tmp_path / name)]
        subprocess.run([*command, *more], check=True, env=environment)
    here, there = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "here", tmp_path / "there")
    )
    assert here == there and sum(path.suffix == ".parquet" for path in here) == 3
