"""What a run on a GPU consists of, in the order of what one wants to know first."""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "kernels" / "diagonal-micro-attention"
SANITIZED = "not bfloat16 and (1x2x17x80 or 2x3x2x5x3x4)"  # small shapes: the sanitizer is some hundred times slower


@dataclass(frozen=True)
class Step:
    """
    Attributes:
        name (`str`): of the step and of its result file.
        title (`str`): above its result.
        limit (`int`): seconds after which it is stopped; what it has printed by then counts.
        command (`tuple[str, ...]`): what is run in the root of the checkout.
        rehearsal (`tuple[str, ...]`): the same without a GPU, small; empty where only its arguments are checked.
    """

    name: str
    title: str
    limit: int
    command: tuple[str, ...]
    rehearsal: tuple[str, ...] = ()


def python(*arguments: str) -> tuple[str, ...]:
    """A command of this interpreter."""
    return (sys.executable, *arguments)


def all_steps(output: Path, faces: list[str]) -> list[Step]:
    """
    Args:
        output (`Path`): folder of the results.
        faces (`list[str]`): folders of photographs; without them nothing is trained.
    """
    bench, tests = str(KERNEL / "benchmarks"), str(KERNEL / "tests")
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    environment = (
        "import platform, torch, triton\n"
        "print('torch', torch.__version__, 'cuda', torch.version.cuda, 'triton', triton.__version__)\n"
        "print(torch.cuda.get_device_properties(0) if torch.cuda.is_available() else 'no GPU')\n"
        "print('Python', platform.python_version())"
    )
    steps = [
        Step("environment", "Environment", 60, python("-c", environment), python("-c", environment)),
        Step(
            "tests",
            "Kernel tests",
            180,
            python(*pytest, tests, "-m", "gpu or not slow"),
            python(*pytest, tests, "--collect-only", "-m", "gpu or not slow"),
        ),
        Step(
            "kernel",
            "Diagonal micro-attention: ceilings and table",
            150,
            python(f"{bench}/benchmark.py", "--output", str(output / "kernel.csv")),
        ),
        Step(
            "displaced",
            "Displaced micro-attention: table",
            60,
            python(f"{bench}/displaced.py", "--output", str(output / "displaced.csv")),
        ),
        Step("tuning", "Launch settings of the published size, fastest first", 90, python(f"{bench}/tune.py")),
        Step(
            "sanitizer",
            "compute-sanitizer on small shapes",
            60,
            ("compute-sanitizer", "--tool", "memcheck", "--error-exitcode", "3")
            + python(*pytest, f"{tests}/test_fused_kernels.py", f"{tests}/test_fused_displaced.py", "-k", SANITIZED),
        ),
    ]
    for preset in ("paper", "small", "tiny"):
        step = python("benchmarks/training_step_gpu.py", "--preset", preset, "--batch", "64", "--steps", "10")
        steps.append(Step(f"training_{preset}", f"Training step, preset `{preset}`", 40, step))
    steps.append(
        Step(
            "spotting",
            "Spotting and recognition",
            60,
            python("benchmarks/spotting_speed.py", "--device", "cuda", "--seconds", "20", "--minutes", "0"),
        )
    )
    if faces:
        recipe = ("finetune_small", "--output_dir", str(output / "small"), "--faces", *faces)
        steps.append(
            Step(
                "small",
                "`small` trained with the time that is left",
                600,
                python("-m", "micron_bert", "finetune", *recipe),
                python("-m", "micron_bert", "finetune", "--help"),
            )
        )
    return steps
