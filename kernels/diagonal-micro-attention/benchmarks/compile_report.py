"""
Compile every launch setting ahead of time, without a GPU, and print what it takes of the chip.

    python benchmarks/compile_report.py                     # the published size on sm_80, sm_90, sm_100
    python benchmarks/compile_report.py --all               # every entry of the tables, all chips (takes long)
    python benchmarks/compile_report.py --chips 90 --dtypes fp16 --head-dims 64 128 --csv

Exit code 1 if a kernel spills registers or asks for more shared or tensor memory than the chip has. Run it without
TRITON_INTERPRET.
"""

import argparse
import csv
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

sys.path.insert(0, str(Path(__file__).parents[1] / "torch-ext"))
from diagonal_micro_attention import (  # noqa: E402
    backward,
    displaced_backward,
    displaced_forward,
    forward,
    settings,
)

SHARED_LIMIT = {80: 163, 86: 99, 89: 99, 90: 227, 100: 227, 120: 99}  # KiB per block
WHOLE = 1024  # patches in whole tiles of any setting
TENSOR_MEMORY_LIMIT = 512  # columns
DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
CUOBJDUMP = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"


@dataclass
class Usage:
    """
    What one compiled kernel takes; `stack` in bytes per thread is where spilled registers go, `wgmma` and `copies` are
    instructions for matrix products of a warp group and for asynchronous copies.
    """

    chip: str
    kernel: str
    dtype: str
    head_dim: int
    tiles: str
    last: int
    warps: int
    stages: int
    registers: int
    stack: int
    shared_kib: float
    limit_kib: int
    tensor_memory: int
    wgmma: int
    copies: int

    @property
    def fits(self) -> bool:
        return self.stack == 0 and self.shared_kib <= self.limit_kib and self.tensor_memory <= TENSOR_MEMORY_LIMIT


def compile_kernel(
    kernel, capability: int, constants: dict, dtype: str, head_dim: int, num_warps: int, num_stages: int
):
    """Compile a kernel of this project as a launch on contiguous tensors would."""
    in_float32 = ("saved_diagonal", "saved_log_total", "probability", "strength", "share", "peak", "log_total")
    signature, constexprs, attributes = {}, {}, {}
    for position, name in enumerate(kernel.arg_names):
        index = (position,)
        if name in constants:
            signature[name], constexprs[index] = "constexpr", constants[name]
        elif name.endswith("_depth_stride"):
            signature[name], constexprs[index] = "constexpr", 1
        elif name.endswith("_stride"):
            signature[name] = "i32"
        elif name.startswith("num_"):
            signature[name] = "i32"
        elif name.startswith("scale"):
            signature[name] = "fp32"
        else:
            signature[name] = "*fp32" if name in in_float32 else f"*{dtype}"
        if signature[name].startswith("*") or (name.endswith("_stride") and head_dim % 16 == 0):
            attributes[index] = [["tt.divisibility", 16]]
    attributes = {index: value for index, value in attributes.items() if index not in constexprs}
    source = ASTSource(kernel, signature=signature, constexprs=constexprs, attrs=attributes)
    options = {"num_warps": num_warps, "num_stages": num_stages}
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)


def measure(compiled) -> dict:
    """Registers, stack, shared and tensor memory of a compiled kernel."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(compiled.asm["cubin"])
        file.flush()
        command = [str(CUOBJDUMP), "--dump-resource-usage", file.name]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    code = compiled.asm["ptx"]
    return {
        "wgmma": len(re.findall(r"wgmma\.mma_async", code)),
        "copies": len(re.findall(r"cp\.async\.(?:c[ag]|bulk)\.", code)),
        "registers": int(re.search(r"REG:(\d+)", report)[1]),
        "stack": int(re.search(r"STACK:(\d+)", report)[1]),
        "shared_kib": round(compiled.metadata.shared / 1024, 1),
        "tensor_memory": getattr(compiled.metadata, "tmem_size", None) or 0,
    }


DISPLACED = {  # kernel and warps
    "products": (displaced_forward.products_kernel, 4),
    "solve": (displaced_forward.solve_kernel, 2),
    "solve back": (displaced_backward.solve_backward_kernel, 2),
    "pool back": (displaced_backward.pool_backward_kernel, 2),
    "products back": (displaced_backward.products_backward_kernel, 4),
}


def displaced_usage(kernel_name: str, capability: int, head_dim: int) -> Usage:
    """Compile one kernel of displaced micro-attention, which is float32 on every chip."""
    kernel, warps = DISPLACED[kernel_name]
    depth = triton.next_power_of_2(head_dim)
    constants = {"BLOCK": displaced_forward.BLOCK}
    if "HEAD_DIM" in kernel.arg_names:
        constants |= {"HEAD_DIM": head_dim, "BLOCK_DEPTH": depth}
    if kernel_name == "products back":
        constants["BLOCK"] = displaced_backward.tile_rows(depth)
    compiled = compile_kernel(kernel, capability, constants, "fp32", head_dim, warps, 3)
    return Usage(
        chip=f"sm_{capability}",
        kernel=kernel_name,
        dtype="fp32",
        head_dim=head_dim,
        tiles=str(constants["BLOCK"]),
        last=0,
        warps=warps,
        stages=3,
        limit_kib=SHARED_LIMIT[capability],
        **measure(compiled),
    )


def usage(kernel_name: str, capability: int, dtype: str, head_dim: int, last: int) -> Usage:
    """Compile one kernel with the settings that the tables give for this chip, dtype and head dimension."""
    chip = divmod(capability, 10)
    described = {"chip": f"sm_{capability}", "kernel": kernel_name, "dtype": dtype, "head_dim": head_dim, "last": last}
    if kernel_name == "rows":
        depth = backward.row_depth(head_dim)
        constants = {"HEAD_DIM": head_dim, "BLOCK_ROWS": backward.ROWS, "BLOCK_DEPTH": depth}
        kernel, warps, stages, tiles = backward.row_gradient_kernel, 4, 2, f"{backward.ROWS}x{depth}"
    else:
        chosen = settings.launch_settings(kernel_name != "forward", chip, DTYPES[dtype], head_dim)
        patches = WHOLE + last
        last_rows, last_columns = 0, settings.left_over(patches, chosen.block_columns)
        if kernel_name == "forward":
            chosen, last_rows, last_columns = settings.forward_tiles(chosen, patches)
        constants = {
            "HEAD_DIM": head_dim,
            "BLOCK_ROWS": chosen.block_rows,
            "BLOCK_COLUMNS": chosen.block_columns,
            "BLOCK_DEPTH": chosen.block_depth,
            "LAST_COLUMNS": last_columns,
            "PRECISION": settings.matmul_precision(DTYPES[dtype]),
        }
        kernel, warps, stages = forward.forward_kernel, chosen.num_warps, chosen.num_stages
        if kernel_name == "forward":
            constants["LAST_ROWS"] = last_rows
        tiles = f"{chosen.block_rows}x{chosen.block_columns}x{chosen.block_depth}"
        if kernel_name != "forward":
            constants |= {"BLOCK_OUT": chosen.block_out, "OWN_IS_QUERY": kernel_name == "query"}
            kernel, tiles = backward.score_gradient_kernel, f"{tiles}x{chosen.block_out}"
    compiled = compile_kernel(kernel, capability, constants, dtype, head_dim, warps, stages)
    limit = SHARED_LIMIT[capability]
    return Usage(tiles=tiles, warps=warps, stages=stages, limit_kib=limit, **described, **measure(compiled))


def compiled_rows(arguments):
    """Every kernel that was asked for, compiled one after the other."""
    for capability in arguments.chips:
        if arguments.displaced:
            for head_dim in arguments.displaced:
                yield from (displaced_usage(kernel_name, capability, head_dim) for kernel_name in DISPLACED)
            continue
        for dtype in arguments.dtypes:
            for head_dim in arguments.head_dims:
                for kernel_name in ("forward", "rows", "query", "key"):
                    for last in arguments.last if kernel_name != "rows" else [0]:
                        yield usage(kernel_name, capability, dtype, head_dim, last)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, nargs="+", choices=sorted(SHARED_LIMIT), default=[80, 90, 100])
    parser.add_argument("--dtypes", nargs="+", choices=sorted(DTYPES), default=["bf16", "fp32"])
    parser.add_argument("--head-dims", type=int, nargs="+", default=[512])
    parser.add_argument("--last", type=int, nargs="+", default=[16], help=f"patches beyond {WHOLE}")
    parser.add_argument(
        "--displaced", type=int, nargs="+", metavar="HEAD_DIM", help="displaced micro-attention instead"
    )
    parser.add_argument("--all", action="store_true", help="every chip, dtype, class of head dimension and last tile")
    parser.add_argument("--csv", action="store_true", help="comma-separated instead of aligned columns")
    arguments = parser.parse_args()
    if arguments.all:
        arguments.chips, arguments.dtypes = sorted(SHARED_LIMIT), sorted(DTYPES)
        arguments.head_dims, arguments.last = [16, 32, 64, 80, 128, 192, 256, 320, 512], [0, 16, 32, 64, 100, 192]

    names = [field.name for field in fields(Usage)]
    widths = [max(9, len(name)) for name in names]
    writer = csv.writer(sys.stdout)
    fits = True
    if arguments.csv:
        writer.writerow(names)
    else:
        print("  ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True)))
    for row in compiled_rows(arguments):
        fits &= row.fits
        values = asdict(row).values()
        if arguments.csv:
            writer.writerow(values)
        else:
            cells = "  ".join(f"{value:>{width}}" for value, width in zip(values, widths, strict=True))
            print(cells if row.fits else f"{cells}  DOES NOT FIT", flush=True)
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
