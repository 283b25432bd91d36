"""Which variant of each fused kernel a GPU gets, in words."""

import importlib

CHIPS = {"sm_80": "A100", "sm_86": "RTX 30, 40 and 50", "sm_90": "H100 and H200", "sm_100": "B200"}


def variants(capability: tuple[int, int], head_dim: int = 512) -> list[str]:
    """
    One sentence for each kernel and dtype.

    Args:
        capability (`tuple[int, int]`): compute capability of the GPU.
        head_dim (`int`, defaults to 512): of diagonal micro-attention; 512 is the published size.
    """
    if capability < (8, 0):
        return [
            f"none: the kernels need compute capability 8.0 or newer, this GPU has {capability[0]}.{capability[1]}; "
            "torch computes the same"
        ]
    try:
        settings = importlib.import_module("micron_bert.ops.dma.settings")
        import torch
    except ImportError as error:  # Triton is made for Linux only
        return [f"none: {error}; torch computes the same"]
    chip = settings.generation(capability)
    sentences = [
        f"displaced, float32: settings of {chip} ({CHIPS[chip]}); squares of inner products leave the range of float16"
    ]
    for dtype, products in ((torch.bfloat16, "sums in float32"), (torch.float32, "three TF32 products each")):
        forward, backward = (settings.launch_settings(way, capability, dtype, head_dim) for way in (False, True))
        sentences.append(
            f"diagonal, {str(dtype).removeprefix('torch.')}, {products}: heads of {head_dim} in tiles of "
            f"{forward.block_rows}x{forward.block_columns}, slices of {forward.block_depth}; backward "
            f"{backward.block_rows}x{backward.block_columns}, slices of {backward.block_depth}; the same bits on "
            "every run"
        )
    return sentences
