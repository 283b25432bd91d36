"""A plan is written once, and gone on with by the same films, options and code only."""

import dataclasses
import json

import pytest

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import Film
from micron_bert.data.shards.plan import PLAN, make_plan, read_plan, write_plan
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError

FILMS = [Film(f"{number}.mp4", f"/films/{number}.mp4", "ann") for number in range(7)]


def test_every_film_is_in_one_shard(tmp_path):
    plan = make_plan(FILMS, ShardSettings(), films_per_shard=3)
    assert plan.shards == 3 and [film for shard in range(3) for film in plan.films_of(shard)] == FILMS
    store = Store(str(tmp_path / "out"))
    write_plan(store, plan)
    assert read_plan(store) == plan
    write_plan(store, plan)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"settings": ShardSettings(size=224)}, "other settings"),
        ({"films": tuple(FILMS[:3])}, "other films"),
        ({"films_per_shard": 2}, "other films per shard"),
        ({"code": "0123"}, "other code"),
    ],
)
def test_another_plan_is_refused(tmp_path, change, said):
    plan, store = make_plan(FILMS, ShardSettings(), 3), Store(str(tmp_path))
    write_plan(store, plan)
    with pytest.raises(InputError, match=said):
        write_plan(store, dataclasses.replace(plan, **change))


def test_what_is_no_plan_is_named(tmp_path):
    store = Store(str(tmp_path))
    with pytest.raises(InputError, match="holds no shards"):
        read_plan(store)
    write_plan(store, make_plan(FILMS, ShardSettings(), 3))
    whole = json.loads((tmp_path / PLAN).read_text())
    odd = [whole | {"films_per_shard": number} for number in (0, None, "2")] + [whole | {"code": None}]
    odd += [whole | {"settings": settings} for settings in (3, {"size": "x"})]
    odd += [whole | {"films": [whole["films"][0] | {"name": 3}]}]
    for text in ("{", "[]", '{"films": [{"name": "a"}]}', *map(json.dumps, odd)):
        (tmp_path / PLAN).write_text(text)
        with pytest.raises(InputError, match="is damaged"):
            read_plan(store)
    with pytest.raises(InputError, match="must be 1 at least"):
        make_plan(FILMS, ShardSettings(), 0)
