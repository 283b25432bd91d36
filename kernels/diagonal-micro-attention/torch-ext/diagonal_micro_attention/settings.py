"""
Launch settings per GPU generation: fixed tables, so that no user's first step is spent on tuning.

Every entry fits the shared memory and the registers of its generation (`benchmarks/compile_report.py` prints them);
`benchmarks/tune.py` times alternatives on the GPU at hand.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import triton

if tuple(map(int, triton.__version__.split(".")[:2])) < (3, 3):
    raise ImportError(f"Triton {triton.__version__} does not compile these kernels, which need 3.3 or newer")

LOG2_E = 1.4426950408889634
LARGEST_HEAD = 512
DTYPES = (torch.float32, torch.float16, torch.bfloat16)


class LaunchSettings(NamedTuple):
    """Tile sizes of one kernel; `block_depth` slices the head in the scores, `block_out` in the gradients."""

    block_rows: int
    block_columns: int
    block_depth: int
    block_out: int
    num_warps: int
    num_stages: int


# Half precision and float32, each by the largest head dimension an entry serves. A tile of whole heads is read once
# for both products of the backward pass, a sliced one twice; whole heads of 512 fit only the newer chips.
_FORWARD = {
    "sm_80": {
        16: {64: (128, 64, 64, 64, 4, 3), 512: (128, 128, 32, 32, 8, 4)},
        32: {64: (64, 32, 64, 64, 4, 2), 512: (64, 32, 32, 32, 4, 2)},
    },
    "sm_86": {
        16: {64: (128, 64, 64, 64, 4, 2), 512: (128, 128, 32, 32, 8, 3)},
        32: {64: (64, 32, 64, 64, 4, 2), 512: (64, 32, 32, 32, 4, 2)},
    },
    "sm_90": {
        # 256 columns: queries come from the cache for every tile of columns, so that wide ones move a fifth less
        16: {64: (128, 128, 64, 64, 8, 3), 128: (128, 128, 128, 128, 8, 2), 512: (128, 256, 64, 64, 8, 4)},
        32: {64: (128, 64, 64, 64, 8, 2), 512: (128, 64, 32, 32, 8, 3)},
    },
    "sm_100": {
        16: {64: (128, 128, 64, 64, 8, 3), 128: (128, 128, 128, 128, 8, 2), 512: (128, 128, 64, 64, 8, 4)},
        32: {64: (64, 64, 64, 64, 8, 2), 512: (128, 64, 32, 32, 8, 3)},
    },
}
_BACKWARD = {
    "sm_80": {
        16: {64: (64, 64, 64, 64, 4, 3), 128: (64, 64, 64, 128, 8, 2), 512: (64, 64, 64, 256, 8, 2)},
        32: {64: (64, 32, 32, 64, 8, 2), 128: (64, 32, 32, 128, 8, 2), 512: (32, 32, 32, 256, 8, 2)},
    },
    "sm_86": {
        16: {64: (64, 64, 64, 64, 4, 2), 128: (64, 64, 64, 128, 8, 2), 512: (64, 64, 64, 256, 8, 2)},
        32: {64: (32, 32, 32, 64, 4, 2), 128: (64, 32, 32, 128, 8, 2), 512: (32, 32, 32, 256, 8, 2)},
    },
    "sm_90": {
        16: {
            64: (128, 64, 64, 64, 8, 3),
            128: (128, 64, 128, 128, 8, 2),
            256: (64, 64, 256, 256, 8, 2),
            512: (64, 32, 512, 512, 8, 3),
        },
        32: {64: (64, 32, 32, 64, 4, 2), 128: (64, 32, 32, 128, 8, 2), 512: (32, 32, 32, 256, 8, 2)},
    },
    "sm_100": {
        16: {64: (128, 64, 64, 64, 8, 3), 128: (128, 64, 128, 128, 8, 2), 512: (128, 64, 64, 256, 8, 2)},
        32: {64: (64, 64, 32, 64, 8, 2), 128: (64, 32, 32, 128, 8, 2), 512: (32, 32, 32, 256, 8, 2)},
    },
}


def generation(capability: tuple[int, int]) -> str:
    """The row of the tables that serves a GPU of this compute capability."""
    major, minor = capability
    if major == 8:
        return "sm_80" if minor in (0, 7) else "sm_86"
    if major == 9:
        return "sm_90"
    return "sm_86" if major == 12 else "sm_100"  # 12: consumer Blackwell, with 99 KB of shared memory


def launch_settings(backward: bool, capability: tuple[int, int], dtype: torch.dtype, head_dim: int) -> LaunchSettings:
    """Settings of the forward kernel or of the backward pass's score kernel."""
    by_head = (_BACKWARD if backward else _FORWARD)[generation(capability)][32 if dtype == torch.float32 else 16]
    chosen = LaunchSettings(*by_head[min(limit for limit in by_head if head_dim <= limit)])
    whole = max(16, triton.next_power_of_2(head_dim))
    return chosen._replace(block_depth=min(chosen.block_depth, whole), block_out=min(chosen.block_out, whole))


def capability_of(device: torch.device) -> tuple[int, int]:
    """Compute capability; that of an H100 for CPU tensors, which only Triton's interpreter takes."""
    if device.type != "cuda":
        return 9, 0
    properties = torch.cuda.get_device_properties(device)
    return properties.major, properties.minor


def left_over(patches: int, block: int) -> int:
    """Size of the tile after the last whole one: the smallest that a tensor core takes."""
    left = patches % block
    return max(16, triton.next_power_of_2(left)) if left else 0


def forward_tiles(chosen: LaunchSettings, patches: int) -> tuple[LaunchSettings, int, int]:
    """
    Settings of the forward kernel for so many patches, and the sizes of the last tiles of rows and of columns.

    Two code paths of large tiles do not fit the registers. A large rest of the rows is therefore a whole tile with
    empty rows, told as 0, and before a large rest of the columns tiles are 128 wide at most.
    """
    if chosen.block_columns > 128 and left_over(patches, chosen.block_columns) > 64:
        chosen = chosen._replace(block_columns=128)
    rows = left_over(patches, chosen.block_rows)
    return chosen, rows if rows <= chosen.block_rows // 2 else 0, left_over(patches, chosen.block_columns)


def matmul_precision(dtype: torch.dtype) -> str:
    """Three TF32 products keep float32 accuracy on the tensor cores; half precision is exact either way."""
    return "tf32x3" if dtype == torch.float32 else "ieee"
