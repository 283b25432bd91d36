"""One shard: the clips of a few films in a Parquet file, and a record of what became of them."""

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from micron_bert.data.shards.clips import Counts, face_clips
from micron_bert.data.shards.films import Film, local_copy
from micron_bert.data.shards.plan import Plan
from micron_bert.data.shards.report import read_record
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError
from micron_bert.video.reader import open_video


def clip_features():
    """The columns of a shard, as `datasets.Features`."""
    from datasets import Features, Image, List, Value

    return Features(
        {
            "film": Value("string"),
            "person": Value("string"),
            "track": Value("int32"),
            "frames": List(Image()),
            "times": List(Value("float64")),
            "fps": Value("float32"),
            "eye_distance": Value("float32"),
            "sharpness": Value("float32"),
            "correlation": Value("float32"),
            "talking": Value("float32"),
            "movement": Value("float32"),
        }
    )


def make_shard(store: Store, plan: Plan, shard: int) -> dict:
    """
    Makes a shard, unless it is there: the Parquet file first, completely or not at all, then its record.

    A film that cannot be read is noted in the record, and the others go on.

    Args:
        store ([`Store`]):
            Where to.
        plan ([`Plan`]):
            Which films, and how.
        shard (`int`):
            Number of the shard.

    Returns:
        `dict`: the record: `shard`, `clips` (person, number of frames and seconds of each), `films` (what became of
        each: `frames`, `kept`, `dropped` by reason, or `error`), `bytes`, `sha256` (`None` of a shard without clips),
        `seconds` of processor time.

    Raises:
        [`InputError`]: the store cannot be read or written to.
    """
    before = read_record(store, plan, shard)
    if before is not None:
        return before
    start, films, clips = time.process_time(), {}, []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "clips.parquet"
        with ClipFile(path) as file:
            for film in plan.films_of(shard):
                rows, films[film.name] = _film_rows(film, plan)
                for row in rows:
                    file.write({"film": film.name, "person": film.person, **row})
                    clips.append([film.person, len(row["times"]), round(row["times"][-1] - row["times"][0], 3)])
        record = {"shard": shard, "clips": clips, "films": {n: _as_json(c) for n, c in films.items()}}
        record |= {"bytes": path.stat().st_size, "sha256": _digest(path)} if clips else {"bytes": 0, "sha256": None}
        if clips:
            store.put(plan.clips_path(shard), str(path))
    record["seconds"] = round(time.process_time() - start, 2)
    store.put_text(plan.record_path(shard), json.dumps(record) + "\n")
    return record


def _film_rows(film: Film, plan: Plan) -> tuple[Iterator[dict], dict]:
    """The clips of a film as they come, and what becomes of it, which is complete when the clips are through."""
    became = {"counts": Counts()}

    def rows() -> Iterator[dict]:
        # the same clips are kept whatever shard the film is in
        seed = int.from_bytes(hashlib.sha256(film.name.encode()).digest()[:8], "big")
        try:
            with local_copy(film) as path, open_video(path, film.fps) as video:
                yield from face_clips(video, plan.settings, became["counts"], seed)
        except InputError as error:
            became["error"] = str(error)

    return rows(), became


def _as_json(became: dict) -> dict:
    error = {"error": became["error"]} if "error" in became else {}
    counts = became["counts"]
    return {"frames": counts.frames, "kept": counts.kept, "dropped": dict(counts.dropped), **error}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ClipFile:
    """A Parquet file in which every clip is a row group of its own, so that one can be read without the others."""

    def __init__(self, path: Path):
        import pyarrow
        import pyarrow.parquet

        self.features = clip_features()
        self.schema, self.table = self.features.arrow_schema, pyarrow.Table
        # pictures are compressed already
        self.writer = pyarrow.parquet.ParquetWriter(
            path, self.schema, compression="none", use_dictionary=False, write_statistics=False
        )

    def __enter__(self) -> "ClipFile":
        return self

    def __exit__(self, *exception) -> None:
        self.writer.close()

    def write(self, row: dict) -> None:
        frames = [{"bytes": frame, "path": None} for frame in row["frames"]]
        self.writer.write_table(self.table.from_pylist([{**row, "frames": frames}], self.schema))
