"""What can be known about the kernels on a GPU without one: they compile, fit the chip and trace into one graph."""

import ast
import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "torch-ext" / "diagonal_micro_attention"


def run_without_interpreter(*command):
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)


def compile_report(*options):
    run = run_without_interpreter(str(PROJECT / "benchmarks" / "compile_report.py"), "--csv", *options)
    assert run.returncode in (0, 1), run.stderr
    return run, list(csv.DictReader(io.StringIO(run.stdout)))


def assert_fits(rows):
    for row in rows:
        assert int(row["registers"]) <= 255 and int(row["stack"]) == 0, row
        assert 0 <= float(row["shared_kib"]) <= float(row["limit_kib"]), row
        assert int(row["tensor_memory"]) <= 512, row


@pytest.mark.parametrize("chip, limit", [("80", 163), ("90", 227), ("100", 227)])
def test_published_size_fits_the_chip_without_spilling(chip, limit):
    run, rows = compile_report("--chips", chip, "--dtypes", "bf16")
    assert run.returncode == 0, run.stdout
    assert [row["kernel"] for row in rows] == ["forward", "rows", "query", "key"]
    assert {row["limit_kib"] for row in rows} == {str(limit)}
    assert_fits(rows)
    for row in rows:
        if row["kernel"] != "rows" and chip != "100":  # a newer chip multiplies and copies by other instructions
            assert int(row["copies"]) > 0 and (int(row["wgmma"]) > 0) == (chip == "90"), row


@pytest.mark.parametrize("chip", ["80", "90", "100", "120"])
def test_displaced_attention_fits_the_chip_without_spilling(chip):
    run, rows = compile_report("--chips", chip, "--displaced", "16", "64")
    assert run.returncode == 0, run.stdout
    assert len(rows) == 2 * 5
    assert_fits(rows)


@pytest.mark.slow
@pytest.mark.parametrize("chip", ["80", "86", "89", "90", "100", "120"])
@pytest.mark.parametrize("dtype", ["fp16", "bf16", "fp32"])
def test_every_setting_fits_the_chip_without_spilling(chip, dtype):
    head_dims, last = ["16", "64", "80", "128", "256", "512"], ["0", "16", "32", "64", "100", "192"]
    run, rows = compile_report("--chips", chip, "--dtypes", dtype, "--head-dims", *head_dims, "--last", *last)
    assert run.returncode == 0, run.stdout
    assert len(rows) == len(head_dims) * (3 * len(last) + 1)
    assert_fits(rows)


def test_report_fails_when_a_kernel_does_not_fit():
    program = (
        "import sys; sys.argv = ['compile_report.py', '--chips', '80', '--dtypes', 'fp32', '--head-dims', '64']\n"
        f"sys.path.insert(0, {str(PROJECT / 'benchmarks')!r})\n"
        "import compile_report\n"
        "from diagonal_micro_attention import settings\n"
        "settings._FORWARD['sm_80'][32] = {512: (128, 128, 64, 64, 4, 3)}\n"
        "sys.exit(compile_report.main())\n"
    )
    run = run_without_interpreter("-c", program)
    assert run.returncode == 1, run.stderr
    assert "DOES NOT FIT" in run.stdout.splitlines()[1]


GRAPHS = f"""
import sys
sys.path.insert(0, {str(PACKAGE.parent)!r})
import torch, triton, torch.utils._triton
from torch._dynamo.backends.common import aot_autograd
from triton.backends.compiler import GPUTarget

class Driver:
    get_current_target = staticmethod(lambda: GPUTarget("cuda", 90, 32))

triton.runtime.driver.set_active(Driver())
torch.utils._triton.has_triton = lambda: True
from diagonal_micro_attention import autograd, displaced_autograd
from diagonal_micro_attention import diagonal_micro_attention, displaced_micro_attention
autograd.INTERPRETED = displaced_autograd.INTERPRETED = True
graphs = []

def record(graph, inputs):
    graphs.append(graph)
    outputs = next(node for node in graph.graph.nodes if node.op == "output").args[0]
    values = [None if node is None else node.meta["val"] for node in outputs]
    return lambda *arguments: [None if v is None else torch.zeros_like(v, device="cpu") for v in values]

def in_one_graph(step):
    return torch.compile(fullgraph=True, backend=aot_autograd(fw_compiler=record, bw_compiler=record))(step)

def diagonal(query, key, value, interest):
    context, diagonal = diagonal_micro_attention(query, key, value, interest, implementation="triton")
    return context.square().sum() + diagonal.sum()

def displaced(*inputs):
    features, diagonal = displaced_micro_attention(*inputs, (3, 4), implementation="triton")
    return features.square().sum() + diagonal.sum()

def launches(step, *shapes):
    in_one_graph(step)(*(torch.rand(shape, requires_grad=True) for shape in shapes)).backward()
    for graph in graphs:
        print(sum("triton_kernel_wrapper" in str(node.target) for node in graph.graph.nodes))
"""


@pytest.mark.parametrize(
    "step, launches",
    [
        ("diagonal, *[(2, 3, 17, 16)] * 3, (2, 17)", ["1", "3"]),
        ("displaced, (2, 3, 12, 8), (2, 1, 3, 12, 8), (2, 12, 2), (2, 12, 2), (2,), (3, 2)", ["2", "3"]),
    ],
    ids=["diagonal", "displaced"],
)
def test_compiled_training_step_is_one_graph(step, launches):
    """Dynamo and AOTAutograd trace the launches themselves; a stand-in driver answers what GPU there is."""
    run = run_without_interpreter("-c", f"{GRAPHS}\nlaunches({step})")
    assert run.stdout.split() == launches, run.stdout + run.stderr  # launches forward and backward


OFFSETS = f"""
import re, sys
sys.path.insert(0, {str(PROJECT / "benchmarks")!r})
import compile_report as report

def widths(compiled):
    # kinds of the offsets by which each argument's address is moved, from the intermediate code
    origin, found = {{}}, {{}}
    for line in compiled.asm["ttir"].splitlines():
        line = re.sub(r" loc[(].*?[)]", "", line)
        for name in re.findall(r"(%\\w+) ?: !tt.ptr", line) if "tt.func" in line else ():
            origin[name] = name.strip("%")
        moved = re.match(r"\\s*(%[\\w]+) = tt.addptr (%[\\w]+), .* : .*, (?:tensor<[\\dx]*)?(i32|i64)>?", line)
        spread = re.match(r"\\s*(%[\\w]+) = tt.(?:splat|broadcast) (%[\\w]+) ", line)
        for match in filter(None, (moved, spread)):
            origin[match[1]] = origin.get(match[2])
        if moved and origin.get(moved[2]):
            found.setdefault(origin[moved[2]], set()).add(moved[3])
    return found

for kernel, constants, dtype in (
    *((kernel, {{"HEAD_DIM": 16, "BLOCK_DEPTH": 16, "BLOCK": 64}}, "fp32") for kernel, _ in report.DISPLACED.values()),
):
    constants = {{name: value for name, value in constants.items() if name in kernel.arg_names}}
    for name, kinds in widths(report.compile_kernel(kernel, 90, constants, dtype, 16, 4, 2)).items():
        print(kernel.fn.__name__, name, *sorted(kinds))
"""
SHORT = {"prior", "support", "prior_gradient"}  # a number for each head, or for each program of a launch


def test_offsets_reach_beyond_two_to_the_31_elements():
    """Every tensor that grows with the batch is addressed by 64 bits, read from the compiled kernels."""
    run = run_without_interpreter("-c", OFFSETS)
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()]
    assert len({kernel for kernel, *_ in rows}) == 5
    for kernel, name, *kinds in rows:
        assert name in SHORT or "i64" in kinds, (kernel, name, kinds)
    assert {"keys", "queries", "products", "features", "staying"} <= {name for _, name, *_ in rows}


def test_build_file_passes_the_librarys_own_parser(tmp_path):
    from kernels._rust import Build

    assert [str(backend) for backend in Build.open(PROJECT).general.backends] == ["cuda"]
    broken = (PROJECT / "build.toml").read_text().replace('["cuda"]', '["abacus"]')
    (tmp_path / "build.toml").write_text(broken)
    with pytest.raises(ValueError, match="abacus"):
        Build.open(tmp_path)


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_sources_keep_the_rules_of_hub_kernels(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        else:
            continue
        for name in names:
            assert name.split(".")[0] in {"torch", "triton", *sys.stdlib_module_names}, name


def test_staged_kernel_loads_from_its_folder_and_by_name(staged):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom kernels import get_kernel, get_local_kernel\n"
        "local, named = get_local_kernel(Path(sys.argv[1])), get_kernel('org/name', version=1)\n"
        "for kernel in (local, named):\n"
        "    assert Path(kernel.__file__).is_relative_to(sys.argv[1])\n"
        "    print(*kernel.__all__)\n"
    )
    environment = os.environ | {"LOCAL_KERNELS": f"org/name={staged}", "HF_HUB_OFFLINE": "1"}
    run = subprocess.run([sys.executable, "-c", program, str(staged)], env=environment, capture_output=True, text=True)
    public = (
        "diagonal_micro_attention diagonal_micro_attention_reference displaced_micro_attention "
        "displaced_micro_attention_reference layers"
    )
    assert run.stdout.splitlines() == [public, public], run.stderr


@pytest.mark.parametrize("script", ["benchmark.py", "tune.py"])
def test_scripts_that_time_need_a_gpu(script):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(PROJECT / "benchmarks" / script)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 2 and run.stderr.strip().endswith("needs an NVIDIA GPU; there is none here.")


def test_tuning_times_the_tables_own_setting_first_and_ends_in_time():
    environment = os.environ | {"TRITON_INTERPRET": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(PROJECT / "benchmarks" / "tune.py"), "--rehearse", "--passes", "backward"]
    run = subprocess.run([*command, "--seconds", "0"], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    heading, *rows = run.stdout.split("\n\n")[1].splitlines()
    tried, ran = re.match(r"backward: (\d+) of \d+ tried, (\d+) ran", heading).groups()
    assert tried == ran == "1" and len(rows) == 1 and rows[0].endswith("<- table")
