"""The fused forward pass of displaced micro-attention: six inner products a patch, then pooling and the 2×2 solve."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from .displaced_reference import FEATURES, LEAST_DETERMINANT, SATURATION

BLOCK = 64  # patches of one program
NUM_PRODUCTS = 6
LEAST = tl.constexpr(LEAST_DETERMINANT)
INVERSE_SATURATION = tl.constexpr(1 / SATURATION**2)
CHANNELS = tl.constexpr(FEATURES)


@triton.jit
def load_windows(base, rows, depth, num_patches, width, HEAD_DIM: tl.constexpr):
    """The three parts of a key, float32 `(BLOCK, BLOCK_DEPTH)` each; `base` is that of the first part's head."""
    inside = (rows[:, None] < num_patches) & (depth[None, :] < HEAD_DIM)
    offsets = rows[:, None].to(tl.int64) * width + depth[None, :]
    part = num_patches.to(tl.int64) * width
    window = tl.load(base + offsets, mask=inside, other=0.0).to(tl.float32)
    right = tl.load(base + part + offsets, mask=inside, other=0.0).to(tl.float32)
    down = tl.load(base + 2 * part + offsets, mask=inside, other=0.0).to(tl.float32)
    return window, right, down


@triton.jit
def change_of(keys, queries, rows, depth, num_patches, width, HEAD_DIM: tl.constexpr):
    """Change between the frames, and the mean of their derivatives to the right and down."""
    key, key_right, key_down = load_windows(keys, rows, depth, num_patches, width, HEAD_DIM)
    query, query_right, query_down = load_windows(queries, rows, depth, num_patches, width, HEAD_DIM)
    return query - key, (query_right + key_right) * 0.5, (query_down + key_down) * 0.5


@triton.jit(do_not_specialize=["num_pairs", "num_patches", "num_heads"])
def products_kernel(
    keys,
    queries,
    sharpness,
    products,
    num_pairs,
    num_patches,
    num_heads,
    HEAD_DIM: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One program per `BLOCK` patches of one head of one pair; products `(pair, head, 6, patches)`."""
    tiles = tl.cdiv(num_patches, BLOCK)
    index = tl.program_id(0) // tiles
    rows = (tl.program_id(0) % tiles) * BLOCK + tl.arange(0, BLOCK)
    depth = tl.arange(0, BLOCK_DEPTH)
    head, pair = index % num_heads, index // num_heads
    onset, width = pair // num_pairs, num_heads * HEAD_DIM
    frame = 3 * num_patches.to(tl.int64) * width
    change, right, down = change_of(
        keys + onset * frame + head * HEAD_DIM,
        queries + pair * frame + head * HEAD_DIM,
        rows,
        depth,
        num_patches,
        width,
        HEAD_DIM,
    )
    inside = rows < num_patches
    sharp = tl.load(sharpness + (onset.to(tl.int64) * num_patches + rows) * num_heads + head, mask=inside, other=0.0)
    out = products + index.to(tl.int64) * 6 * num_patches + rows
    tl.store(out, tl.sum(right * right, 1) * sharp, mask=inside)
    tl.store(out + num_patches, tl.sum(right * down, 1) * sharp, mask=inside)
    tl.store(out + 2 * num_patches, tl.sum(down * down, 1) * sharp, mask=inside)
    tl.store(out + 3 * num_patches, tl.sum(right * change, 1) * sharp, mask=inside)
    tl.store(out + 4 * num_patches, tl.sum(down * change, 1) * sharp, mask=inside)
    tl.store(out + 5 * num_patches, tl.sum(change * change, 1) * sharp, mask=inside)


@triton.jit
def patches_around(row, column, num_rows, num_columns, HALF: tl.constexpr):
    """How many patches of the grid a neighbourhood of side `2 * HALF + 1` has."""
    high = tl.minimum(row + HALF, num_rows - 1) - tl.maximum(row - HALF, 0) + 1
    wide = tl.minimum(column + HALF, num_columns - 1) - tl.maximum(column - HALF, 0) + 1
    return tl.maximum(high * wide, 1).to(tl.float32)  # rows beyond the last patch have none


@triton.jit
def sum_around(maps, row, column, num_rows, num_columns, HALF: tl.constexpr):
    """Sum of a map `(patches,)` over each patch's neighbourhood."""
    total = tl.zeros(row.shape, tl.float32)
    for down in tl.range(-HALF, HALF + 1):
        for right in tl.static_range(-HALF, HALF + 1):
            there, across = row + down, column + right
            inside = (there >= 0) & (there < num_rows) & (across >= 0) & (across < num_columns)
            total += tl.load(maps + there * num_columns + across, mask=inside, other=0.0)
    return total


@triton.jit
def moments_of(products, row, column, num_rows, num_columns, support, prior, HALF: tl.constexpr):
    """xx, xy, yy, x, y of a neighbourhood with the prior, and their plain means."""
    patches = num_rows * num_columns
    share = 1.0 / patches_around(row, column, num_rows, num_columns, HALF)
    xx = sum_around(products, row, column, num_rows, num_columns, HALF) * share
    xy = sum_around(products + patches, row, column, num_rows, num_columns, HALF) * share
    yy = sum_around(products + 2 * patches, row, column, num_rows, num_columns, HALF) * share
    x = sum_around(products + 3 * patches, row, column, num_rows, num_columns, HALF) * share
    y = sum_around(products + 4 * patches, row, column, num_rows, num_columns, HALF) * share
    return xx * support + prior, xy * support, yy * support + prior, x * support, y * support, xx, xy, yy, x, y


@triton.jit
def solve(xx, xy, yy, x, y, staying, prior):
    """Displacement, determinant, evidence of a movement, diagonal, and by what the displacement is divided."""
    determinant = tl.maximum(xx * yy - xy * xy, LEAST)
    dx, dy = (yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant
    evidence = (dx * x + dy * y) * 0.5
    stayed = tl.sigmoid(staying + tl.log(determinant) * 0.5 - tl.log(prior) - evidence)
    length = tl.sqrt(1.0 + (dx * dx + dy * dy) * INVERSE_SATURATION)
    return dx, dy, determinant, evidence, stayed, length


@triton.jit(do_not_specialize=["num_pairs", "num_rows", "num_columns", "num_heads"])
def solve_kernel(
    products,
    staying,
    prior,
    support,
    features,
    diagonal,
    num_pairs,
    num_rows,
    num_columns,
    num_heads,
    BLOCK: tl.constexpr,
):
    """One program per `BLOCK` patches of one head of one pair."""
    num_patches = num_rows * num_columns
    tiles = tl.cdiv(num_patches, BLOCK)
    index = tl.program_id(0) // tiles
    rows = (tl.program_id(0) % tiles) * BLOCK + tl.arange(0, BLOCK)
    inside = rows < num_patches
    head, pair = index % num_heads, index // num_heads
    row, column = rows // num_columns, rows % num_columns
    products += index.to(tl.int64) * 6 * num_patches
    offset = tl.load(
        staying + ((pair // num_pairs).to(tl.int64) * num_patches + rows) * num_heads + head, mask=inside, other=0.0
    )
    weight = tl.load(prior + head)
    place = pair.to(tl.int64) * num_patches + rows
    out = features + place * CHANNELS * num_heads + head
    mean = tl.zeros((BLOCK,), tl.float32)
    for number in tl.static_range(3):
        counted = tl.load(support + number * num_heads + head)
        xx, xy, yy, x, y, _, _, _, _, _ = moments_of(
            products, row, column, num_rows, num_columns, counted, weight, number
        )
        dx, dy, determinant, evidence, stayed, length = solve(xx, xy, yy, x, y, offset, weight)
        # the single patch has four features more
        first = out + (3 * number + (4 if number > 0 else 0)) * num_heads
        tl.store(first, dx / length, mask=inside)
        tl.store(first + num_heads, dy / length, mask=inside)
        tl.store(first + 2 * num_heads, stayed, mask=inside)
        mean += stayed
        if number == 0:
            seen = weight / determinant
            unexplained = tl.load(products + 5 * num_patches + rows, mask=inside, other=0.0) - 2 * evidence
            tl.store(first + 3 * num_heads, 1 - seen * yy, mask=inside)
            tl.store(first + 4 * num_heads, seen * xy, mask=inside)
            tl.store(first + 5 * num_heads, 1 - seen * xx, mask=inside)
            tl.store(first + 6 * num_heads, tl.log(1 + tl.maximum(unexplained, 0.0)), mask=inside)
    tl.store(diagonal + place * num_heads + head, mean / 3, mask=inside)


def displaced_forward(keys, queries, sharpness, staying, prior, support, grid):
    """
    Launch the forward kernels on contiguous tensors.

    Returns:
        `tuple[torch.Tensor, ...]`: features, diagonal, and the products `(batch * pairs, heads, 6, patches)` that the
        gradients need.
    """
    batch, pairs, _, patches, width = queries.shape
    heads = sharpness.shape[-1]
    options = {"dtype": torch.float32, "device": queries.device}
    products = torch.empty(batch * pairs, heads, NUM_PRODUCTS, patches, **options)
    features = torch.empty(batch, pairs, patches, FEATURES * heads, **options)
    diagonal = torch.empty(batch, pairs, patches, heads, **options)
    programs = (batch * pairs * heads * triton.cdiv(patches, BLOCK),)
    head_dim = width // heads
    products_kernel[programs](
        keys,
        queries,
        sharpness,
        products,
        pairs,
        patches,
        heads,
        HEAD_DIM=head_dim,
        BLOCK_DEPTH=triton.next_power_of_2(head_dim),
        BLOCK=BLOCK,
        num_warps=4,
    )
    solve_kernel[programs](
        products, staying, prior, support, features, diagonal, pairs, *grid, heads, BLOCK=BLOCK, num_warps=2
    )
    return features, diagonal, products
