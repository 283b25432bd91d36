"""Where tasks run, as a user says it."""

from dataclasses import dataclass, field

from micron_bert.errors import InputError

EXECUTORS = ("local", "slurm", "ray")


@dataclass(frozen=True)
class Cluster:
    """
    Attributes:
        executor (`str`): `"local"`, `"slurm"` or `"ray"`.
        processes (`int`): tasks at once.
        memory (`int`): GB that Slurm or Ray keep for a task.
        partition (`str`), time (`str`): of a Slurm task: its partition and limit (`HH:MM:SS`).
        options (`dict[str, str]`): further options of `sbatch`, such as the account.
        setup (`str`): shell commands with which a Slurm task begins, such as those that load an environment.
    """

    executor: str = "local"
    processes: int = 1
    memory: int = 2
    partition: str = "cpu"
    time: str = "04:00:00"
    options: dict = field(default_factory=dict)
    setup: str = ""

    def __post_init__(self):
        if self.executor not in EXECUTORS:
            raise InputError(f"`executor` is `{self.executor}`; choose among {', '.join(EXECUTORS)}.")
        for name in ("processes", "memory"):
            if getattr(self, name) < 1:
                raise InputError(f"`{name}` is `{getattr(self, name)}`; it must be 1 at least.")
