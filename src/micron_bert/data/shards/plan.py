"""Which film goes into which shard: written once, before anything is made, and read by every task."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from micron_bert.cache_key import cache_key
from micron_bert.data.shards.clips import ShardSettings, face_clips
from micron_bert.data.shards.films import Film
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError

PLAN, CLIPS, RECORDS, LOGS = "plan.json", "data", "records", "logs"


@dataclass(frozen=True)
class Plan:
    """
    Attributes:
        settings ([`ShardSettings`]): how clips are made.
        films (`tuple[Film, ...]`): all of them.
        films_per_shard (`int`): neighbours share a shard.
        code (`str`): key of the code that makes the clips.
    """

    settings: ShardSettings
    films: tuple[Film, ...]
    films_per_shard: int
    code: str

    @property
    def shards(self) -> int:
        return -(-len(self.films) // self.films_per_shard)

    def films_of(self, shard: int) -> tuple[Film, ...]:
        """The films of a shard."""
        return self.films[shard * self.films_per_shard : (shard + 1) * self.films_per_shard]

    def clips_path(self, shard: int) -> str:
        """Where a shard's clips are, below the output."""
        return f"{CLIPS}/train-{shard:05d}-of-{self.shards:05d}.parquet"

    def record_path(self, shard: int) -> str:
        """Where it is recorded what a shard holds; it is written last."""
        return f"{RECORDS}/{shard:05d}.json"


def make_plan(films: Sequence[Film], settings: ShardSettings, films_per_shard: int) -> Plan:
    """
    The plan for some films.

    Raises:
        [`InputError`]: fewer than one film a shard.
    """
    if films_per_shard < 1:
        raise InputError(f"`films_per_shard` is `{films_per_shard}`; it must be 1 at least.")
    return Plan(settings, tuple(films), films_per_shard, cache_key("shards", code=[face_clips.__module__]))


def write_plan(store: Store, plan: Plan) -> None:
    """
    Writes the plan, or goes on with the same one.

    Raises:
        [`InputError`]: the output was begun with other films, settings or code.
    """
    before = store.read(PLAN)
    now = json.loads(json.dumps(asdict(plan)))
    if before is None:
        store.put_text(PLAN, json.dumps(now, indent=1) + "\n")
        return
    try:
        then = dict(json.loads(before))
    except (ValueError, TypeError, RecursionError):
        raise InputError(f"`{store.address}/{PLAN}` is damaged; delete that output or name another.") from None
    for name in ("films_per_shard", "settings", "films", "code"):
        if then.get(name) != now[name]:
            raise InputError(
                f"`{store.address}` was begun with other {name.replace('_', ' ')}; give the same films and options to "
                "go on with it, or name another output."
            )


def read_plan(store: Store) -> Plan:
    """
    The plan that an output was begun with.

    Raises:
        [`InputError`]: there is none, or it is damaged.
    """
    content = store.read(PLAN)
    if content is None:
        raise InputError(f"`{store.address}` holds no shards (there is no `{PLAN}`); see `micron-bert shard`.")
    try:
        plan = json.loads(content)
        films = tuple(Film(**film) for film in plan["films"])
        texts = [plan["code"], *(text for film in films for text in (film.name, film.path, film.person))]
        if not all(isinstance(text, str) for text in texts) or not plan["films_per_shard"] >= 1:
            raise ValueError("a name or a number is none")
        return Plan(ShardSettings(**plan["settings"]), films, int(plan["films_per_shard"]), plan["code"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"`{store.address}/{PLAN}` is damaged ({error}); delete that output.") from error
