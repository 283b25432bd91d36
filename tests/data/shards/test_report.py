"""The report names what was left out; verifying names what is missing or damaged, and the same command mends it."""

import json

import pytest
from PIL import Image

from micron_bert.cli.main import main
from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.plan import make_plan, read_plan
from micron_bert.data.shards.report import report_shards
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.video.reader import open_video


@pytest.fixture
def run(films, tmp_path, capsys):
    pytest.importorskip("datatrove")

    def shard(*more):
        argv = ["shard", str(films), "--person", "folder", "--seconds", "0.4", "--films-per-shard", "2"]
        code = main([*argv, "--output", str(tmp_path / "out"), *more])
        return code, capsys.readouterr().out

    return shard


def test_report_and_verification(run, films, tmp_path, capsys):
    code, said = run()
    assert code == 0
    assert "3 of 3 shards: 12 clips of 2 people from 6 films, 120 of 125 frames" in said
    assert "rejected: nobody.mp4: no face in it" in said and "rejected: zz_broken.mp4: " in said
    verify = ["shard", "--verify", "--output", str(tmp_path / "out")]
    assert main(verify) == 0
    first, second = sorted((tmp_path / "out" / "data").iterdir())
    whole = first.read_bytes()
    first.write_bytes(whole[:-100] + bytes(100))
    second.unlink()
    capsys.readouterr()
    assert main(verify) == 1
    said = capsys.readouterr().out
    assert f"damaged: `data/{first.name}`" in said and f"missing: `data/{second.name}`" in said
    first.write_bytes(b"")
    main(verify)
    assert f"empty: `data/{first.name}` has no bytes" in capsys.readouterr().out
    first.unlink()
    assert run()[0] == 0 and main(verify) == 0
    assert first.read_bytes() == whole


def test_a_shard_that_is_not_made_yet(run, tmp_path):
    run()
    (tmp_path / "out" / "records" / "00001.json").unlink()
    store = Store(str(tmp_path / "out"))
    report = report_shards(store, read_plan(store))
    assert report.faults == ["missing: shard 1 (ben/2.mp4, ben/3.mp4)"] and report.totals["made"] == 2


def test_a_record_that_is_damaged_is_named(run, tmp_path, capsys):
    run()
    path = tmp_path / "out" / "records" / "00000.json"
    whole = json.loads(path.read_text())
    film, odd = next(iter(whole["films"])), (None, "x", [1], {"a": 1})
    for change in (
        *({name: value} for name in ("bytes", "clips", "films", "seconds") for value in odd),
        {"sha256": 3},
        {"films": {film: {**whole["films"][film], "kept": "two"}}},
        {"clips": [["ann", "a.mp4", "long"]]},
    ):
        path.write_text(json.dumps(whole | change))
        assert main(["shard", "--verify", "--output", str(tmp_path / "out")]) == 2, change
        error = capsys.readouterr().err
        assert "records/00000.json` is damaged; delete it and run the same command" in error and error.count("\n") == 1
    path.write_text("{")
    assert run()[0] == 2
    path.unlink()
    assert run()[0] == 0 and json.loads(path.read_text())["sha256"] == whole["sha256"]


def test_a_film_that_breaks_off_keeps_what_came_before(films, tmp_path):
    source = tmp_path / "films" / "long"
    source.mkdir(parents=True)
    with open_video(films / "ann" / "0.mp4") as video:
        for frame in video:
            Image.fromarray(frame.image).save(source / f"{frame.index:03d}.png")
    (source / "025.png").write_bytes(b"broken")
    store = Store(str(tmp_path / "out"))
    plan = make_plan(list_films([str(tmp_path / "films")]), ShardSettings(seconds=0.4), 1)
    make_shard(store, plan, 0)
    report = report_shards(store, plan)
    assert "025.png" in report.rejected["long"] and report.rejected["long"].endswith("frames before that are kept.")
    assert report.totals["clips"] and not report.faults
