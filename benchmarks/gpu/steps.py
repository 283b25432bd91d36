"""
What a run on a GPU consists of, in order: what the machine is, whether the kernels are right, how fast they are and
with which settings, then what the model makes of them. Time that is left trains `small`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "kernels" / "diagonal-micro-attention"
SANITIZED = "not bfloat16 and (1x2x17x80 or 2x2x1x5x3x4)"  # small shapes: the sanitizer is some hundred times slower
INTERPRETED = {"TRITON_INTERPRET": "1"}


@dataclass(frozen=True)
class Step:
    """
    Attributes:
        name (`str`): of the step and of its result file.
        title (`str`): above its result.
        limit (`int`): seconds after which it is stopped; what it has printed by then counts.
        command (`tuple[str, ...]`): what is run in the root of the checkout.
        rehearsal (`tuple[str, ...]`): the same without a GPU, small; it must succeed.
        needs (`tuple[str, ...]`): packages without which it is left out.
        interpreted (`bool`): whether the rehearsal runs the kernels in Triton's interpreter.
    """

    name: str
    title: str
    limit: int
    command: tuple[str, ...]
    rehearsal: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("torch", "numpy")
    interpreted: bool = False


def python(*arguments: str) -> tuple[str, ...]:
    """A command of this interpreter."""
    return (sys.executable, *arguments)


def all_steps(output: Path, faces: list[str], minutes: float = 3.0) -> list[Step]:
    """
    Args:
        output (`Path`): folder of the results.
        faces (`list[str]`): folders of photographs; without them nothing is trained.
        minutes (`float`, defaults to 3): for which `small` is trained.
    """
    bench, tests = str(KERNEL / "benchmarks"), str(KERNEL / "tests")
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    small = "1x1x1x4x1x1 or 1x2x17x80"
    kernel, model = ("torch", "triton", "numpy"), ("torch", "transformers", "numpy", "opencv-python-headless")
    steps = [
        Step("environment", "Environment", 30, *[python("-m", "benchmarks.gpu.environment")] * 2, needs=()),
        Step(
            "tests",
            "Kernel tests",
            120,
            python(*pytest, tests, "-m", "gpu or not slow", "--deselect", f"{tests}/test_ahead_of_time.py"),
            python(*pytest, tests, "-m", "not slow and not gpu", "-k", small),
            ("pytest", *kernel),
            interpreted=True,
        ),
        Step(
            "kernel",
            "Diagonal micro-attention: ceilings and table",
            110,
            python(f"{bench}/benchmark.py", "--output", str(output / "kernel.csv")),
            python(f"{bench}/benchmark.py", "--rehearse", "--output", str(output / "kernel.csv")),
            kernel,
            interpreted=True,
        ),
        Step(
            "displaced",
            "Displaced micro-attention: table",
            45,
            python(f"{bench}/displaced.py", "--output", str(output / "displaced.csv")),
            python(f"{bench}/displaced.py", "--rehearse", "--output", str(output / "displaced.csv")),
            kernel,
            interpreted=True,
        ),
        Step(
            "tuning",
            "Launch settings of the published size, fastest first",
            50,
            python(f"{bench}/tune.py", "--seconds", "20"),
            python(f"{bench}/tune.py", "--rehearse"),
            kernel,
            interpreted=True,
        ),
        Step(
            "sanitizer",
            "compute-sanitizer on small shapes",
            40,
            ("compute-sanitizer", "--tool", "memcheck", "--error-exitcode", "3")
            + python(*pytest, f"{tests}/test_fused_kernels.py", f"{tests}/test_fused_displaced.py", "-k", SANITIZED),
            python(*pytest, f"{tests}/test_fused_displaced.py", "--collect-only", "-k", SANITIZED),
            ("pytest", *kernel),
            interpreted=True,
        ),
    ]
    for preset in ("small", "paper", "tiny"):
        step = ("benchmarks/training_step_gpu.py", "--preset", preset)
        recorded = ("--output", str(output / f"training_{preset}.json"))
        steps.append(
            Step(
                f"training_{preset}",
                f"Training step, preset `{preset}`",
                35,
                python(*step, "--batch", "64", "--steps", "10", *recorded),
                python(*step, "--batch", "1", "--steps", "1", "--device", "cpu", "--size", "32", *recorded),
                model,
            )
        )
    films = ("-m", "benchmarks.gpu.films", "--output", str(output / "films.json"))
    brief = ("--device", "cpu", "--films", "2", "--seconds", "0.7", "--crops", "2", "--repeats", "1")
    return [
        *steps,
        Step("films", "Spotting and recognition, by the clock", 60, python(*films), python(*films, *brief), model),
        *(_training(output, faces, minutes) if faces else ()),
    ]


def _training(output: Path, faces: list[str], minutes: float) -> list[Step]:
    """`small`, trained for some minutes and scored; a run that was cut goes on where it was."""
    train = ("-m", "benchmarks.gpu.small", "--faces", *faces, "--output", str(output / "small"))
    needs = ("torch", "transformers", "datasets", "accelerate", "opencv-python-headless")
    rehearsal = python(*train, "--rehearse", "--minutes", "8")
    limit = int(60 * minutes) + 150  # rendering and scoring the pairs of the benchmark
    timed = python(*train, "--minutes", f"{minutes:g}")
    return [Step("small", "`small`, trained on synthetic pairs and scored", limit, timed, rehearsal, needs)]
