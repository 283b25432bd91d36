"""The fused backward pass of displaced micro-attention: through the solve, then through pooling and inner products."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from .displaced_forward import (
    BLOCK,
    CHANNELS,
    INVERSE_SATURATION,
    LEAST,
    change_of,
    moments_of,
    patches_around,
    solve,
    sum_around,
)


@triton.jit(do_not_specialize=["num_pairs", "num_rows", "num_columns", "num_heads"])
def solve_backward_kernel(
    products,
    staying,
    prior,
    support,
    features_gradient,
    diagonal_gradient,
    pooled_gradient,
    staying_gradient,
    prior_gradient,
    support_gradient,
    num_pairs,
    num_rows,
    num_columns,
    num_heads,
    BLOCK: tl.constexpr,
):
    """
    One program per `BLOCK` patches of one head of one pair.

    Writes the gradient of each pooled map divided by its number of patches, `(pair, head, 16, patches)`, of which the
    last is that of the squared change; and sums over the block for prior and support, which are added up outside.
    """
    num_patches = num_rows * num_columns
    tiles = tl.cdiv(num_patches, BLOCK)
    index = tl.program_id(0) // tiles
    rows = (tl.program_id(0) % tiles) * BLOCK + tl.arange(0, BLOCK)
    inside = rows < num_patches
    head, pair = index % num_heads, index // num_heads
    row, column = rows // num_columns, rows % num_columns
    products += index.to(tl.int64) * 6 * num_patches
    pooled_gradient += index.to(tl.int64) * 16 * num_patches + rows
    offset = tl.load(
        staying + ((pair // num_pairs).to(tl.int64) * num_patches + rows) * num_heads + head, mask=inside, other=0.0
    )
    weight = tl.load(prior + head)
    place = pair.to(tl.int64) * num_patches + rows
    slopes = features_gradient + place * CHANNELS * num_heads + head
    of_diagonal = tl.load(diagonal_gradient + place * num_heads + head, mask=inside, other=0.0) / 3
    of_staying = tl.zeros((BLOCK,), tl.float32)
    of_prior = tl.zeros((BLOCK,), tl.float32)
    for number in tl.static_range(3):
        counted = tl.load(support + number * num_heads + head)
        xx, xy, yy, x, y, mean_xx, mean_xy, mean_yy, mean_x, mean_y = moments_of(
            products, row, column, num_rows, num_columns, counted, weight, number
        )
        dx, dy, determinant, evidence, stayed, length = solve(xx, xy, yy, x, y, offset, weight)
        first = slopes + (3 * number + (4 if number > 0 else 0)) * num_heads
        of_right = tl.load(first, mask=inside, other=0.0)
        of_down = tl.load(first + num_heads, mask=inside, other=0.0)
        of_stayed = tl.load(first + 2 * num_heads, mask=inside, other=0.0) + of_diagonal

        of_logit = of_stayed * stayed * (1 - stayed)
        of_staying += of_logit
        of_evidence = -of_logit
        of_determinant = of_logit * 0.5 / determinant
        of_prior -= of_logit / weight
        of_xx = tl.zeros((BLOCK,), tl.float32)
        of_xy = tl.zeros((BLOCK,), tl.float32)
        of_yy = tl.zeros((BLOCK,), tl.float32)
        if number == 0:
            unexplained = tl.load(products + 5 * num_patches + rows, mask=inside, other=0.0) - 2 * evidence
            of_log = tl.load(first + 6 * num_heads, mask=inside, other=0.0)
            of_square = tl.where(unexplained > 0, of_log / (1 + tl.maximum(unexplained, 0.0)), 0.0)
            tl.store(pooled_gradient + 15 * num_patches, of_square, mask=inside)
            of_evidence -= 2 * of_square
            seen = weight / determinant
            of_first = tl.load(first + 3 * num_heads, mask=inside, other=0.0)
            of_cross = tl.load(first + 4 * num_heads, mask=inside, other=0.0)
            of_last = tl.load(first + 5 * num_heads, mask=inside, other=0.0)
            of_seen = of_cross * xy - of_first * yy - of_last * xx
            of_yy -= of_first * seen
            of_xy += of_cross * seen
            of_xx -= of_last * seen
            of_prior += of_seen / determinant
            of_determinant -= of_seen * seen / determinant

        cube = INVERSE_SATURATION / (length * length * length)
        of_dx = of_right / length - (of_right * dx + of_down * dy) * dx * cube + of_evidence * x * 0.5
        of_dy = of_down / length - (of_right * dx + of_down * dy) * dy * cube + of_evidence * y * 0.5
        of_determinant -= (of_dx * dx + of_dy * dy) / determinant
        of_dx /= determinant
        of_dy /= determinant
        of_x = of_evidence * dx * 0.5 + of_dx * yy - of_dy * xy
        of_y = of_evidence * dy * 0.5 + of_dy * xx - of_dx * xy
        of_determinant = tl.where(xx * yy - xy * xy > LEAST, of_determinant, 0.0)
        of_xx += of_dy * y + of_determinant * yy
        of_yy += of_dx * x + of_determinant * xx
        of_xy -= of_dx * y + of_dy * x + 2 * of_determinant * xy
        of_prior += of_xx + of_yy
        of_support = of_xx * mean_xx + of_xy * mean_xy + of_yy * mean_yy + of_x * mean_x + of_y * mean_y
        tl.store(
            support_gradient + tl.program_id(0).to(tl.int64) * 3 + number,
            tl.sum(tl.where(inside, of_support, 0.0), 0),
        )
        share = counted / patches_around(row, column, num_rows, num_columns, number)
        out = pooled_gradient + 5 * number * num_patches
        tl.store(out, of_xx * share, mask=inside)
        tl.store(out + num_patches, of_xy * share, mask=inside)
        tl.store(out + 2 * num_patches, of_yy * share, mask=inside)
        tl.store(out + 3 * num_patches, of_x * share, mask=inside)
        tl.store(out + 4 * num_patches, of_y * share, mask=inside)
    tl.store(prior_gradient + tl.program_id(0), tl.sum(tl.where(inside, of_prior, 0.0), 0))
    tl.store(staying_gradient + index.to(tl.int64) * num_patches + rows, of_staying, mask=inside)


@triton.jit(do_not_specialize=["num_rows", "num_columns"])
def pool_backward_kernel(pooled_gradient, products_gradient, num_rows, num_columns, BLOCK: tl.constexpr):
    """
    One program per `BLOCK` patches of one head of one pair; gradients of the products `(pair, head, 6, patches)`.

    A patch belongs to the neighbourhoods of just those patches that are in its own neighbourhood.
    """
    num_patches = num_rows * num_columns
    tiles = tl.cdiv(num_patches, BLOCK)
    index = (tl.program_id(0) // tiles).to(tl.int64)
    rows = (tl.program_id(0) % tiles) * BLOCK + tl.arange(0, BLOCK)
    inside = rows < num_patches
    row, column = rows // num_columns, rows % num_columns
    pooled = pooled_gradient + index * 16 * num_patches
    out = products_gradient + index * 6 * num_patches + rows
    for which in tl.range(0, 5):
        total = sum_around(pooled + which * num_patches, row, column, num_rows, num_columns, 0)
        total += sum_around(pooled + (5 + which) * num_patches, row, column, num_rows, num_columns, 1)
        total += sum_around(pooled + (10 + which) * num_patches, row, column, num_rows, num_columns, 2)
        tl.store(out + which * num_patches, total, mask=inside)
    of_square = tl.load(pooled + 15 * num_patches + rows, mask=inside, other=0.0)
    tl.store(out + 5 * num_patches, of_square, mask=inside)


@triton.jit(do_not_specialize=["num_pairs", "num_patches", "num_heads"])
def products_backward_kernel(
    keys,
    queries,
    sharpness,
    products_gradient,
    solved_staying_gradient,
    keys_gradient,
    queries_gradient,
    sharpness_gradient,
    staying_gradient,
    num_pairs,
    num_patches,
    num_heads,
    HEAD_DIM: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """One program per `BLOCK` patches of one head of one onset, all its pairs in turn: nothing is raced for."""
    tiles = tl.cdiv(num_patches, BLOCK)
    index = tl.program_id(0) // tiles
    rows = (tl.program_id(0) % tiles) * BLOCK + tl.arange(0, BLOCK)
    depth = tl.arange(0, BLOCK_DEPTH)
    inside = rows < num_patches
    head, onset = index % num_heads, index // num_heads
    width = num_heads * HEAD_DIM
    part = num_patches.to(tl.int64) * width
    tile = (rows[:, None] < num_patches) & (depth[None, :] < HEAD_DIM)
    offsets = rows[:, None].to(tl.int64) * width + depth[None, :]
    of_onset = (onset.to(tl.int64) * num_patches + rows) * num_heads + head
    sharp = tl.load(sharpness + of_onset, mask=inside, other=0.0)
    key_base = keys + onset * 3 * part + head * HEAD_DIM
    of_key = tl.zeros((BLOCK, BLOCK_DEPTH), tl.float32)
    of_key_right = tl.zeros((BLOCK, BLOCK_DEPTH), tl.float32)
    of_key_down = tl.zeros((BLOCK, BLOCK_DEPTH), tl.float32)
    of_sharpness = tl.zeros((BLOCK,), tl.float32)
    of_staying = tl.zeros((BLOCK,), tl.float32)
    for number in tl.range(0, num_pairs):
        pair = onset * num_pairs + number
        query_base = pair.to(tl.int64) * 3 * part + head * HEAD_DIM
        change, right, down = change_of(key_base, queries + query_base, rows, depth, num_patches, width, HEAD_DIM)
        of_pair = pair.to(tl.int64) * num_heads + head
        slopes = products_gradient + of_pair * 6 * num_patches + rows
        of_xx = tl.load(slopes, mask=inside, other=0.0)
        of_xy = tl.load(slopes + num_patches, mask=inside, other=0.0)
        of_yy = tl.load(slopes + 2 * num_patches, mask=inside, other=0.0)
        of_x = tl.load(slopes + 3 * num_patches, mask=inside, other=0.0)
        of_y = tl.load(slopes + 4 * num_patches, mask=inside, other=0.0)
        of_square = tl.load(slopes + 5 * num_patches, mask=inside, other=0.0)
        of_staying += tl.load(solved_staying_gradient + of_pair * num_patches + rows, mask=inside, other=0.0)
        of_sharpness += of_xx * tl.sum(right * right, 1) + of_xy * tl.sum(right * down, 1)
        of_sharpness += of_yy * tl.sum(down * down, 1) + of_x * tl.sum(right * change, 1)
        of_sharpness += of_y * tl.sum(down * change, 1) + of_square * tl.sum(change * change, 1)
        xx, xy, yy = (2 * of_xx * sharp)[:, None], (of_xy * sharp)[:, None], (2 * of_yy * sharp)[:, None]
        x, y, square = (of_x * sharp)[:, None], (of_y * sharp)[:, None], (2 * of_square * sharp)[:, None]
        of_change = x * right + y * down + square * change
        of_right = (xx * right + xy * down + x * change) * 0.5
        of_down = (yy * down + xy * right + y * change) * 0.5
        out = queries_gradient + query_base + offsets
        tl.store(out, of_change, mask=tile)
        tl.store(out + part, of_right, mask=tile)
        tl.store(out + 2 * part, of_down, mask=tile)
        of_key -= of_change
        of_key_right += of_right
        of_key_down += of_down
    out = keys_gradient + onset * 3 * part + head * HEAD_DIM + offsets
    tl.store(out, of_key, mask=tile)
    tl.store(out + part, of_key_right, mask=tile)
    tl.store(out + 2 * part, of_key_down, mask=tile)
    tl.store(sharpness_gradient + of_onset, of_sharpness, mask=inside)
    tl.store(staying_gradient + of_onset, of_staying, mask=inside)


def tile_rows(depth: int) -> int:
    """Patches of a program of the last kernel, which holds twelve tiles of them in registers."""
    return max(1, 1024 // depth)


def displaced_backward(
    keys, queries, sharpness, staying, prior, support, products, grid, features_gradient, diagonal_gradient
):
    """Launch the backward kernels; gradients of keys, queries, sharpness, staying, prior and support."""
    batch, pairs, _, patches, width = queries.shape
    heads, head_dim = sharpness.shape[-1], width // sharpness.shape[-1]
    options = {"dtype": torch.float32, "device": queries.device}
    tiles = triton.cdiv(patches, BLOCK)
    programs = batch * pairs * heads * tiles
    pooled = torch.empty(batch * pairs, heads, 16, patches, **options)
    solved_staying = torch.empty(batch * pairs, heads, patches, **options)
    prior_parts, support_parts = torch.empty(programs, **options), torch.empty(programs, 3, **options)
    solve_backward_kernel[(programs,)](
        products,
        staying,
        prior,
        support,
        features_gradient,
        diagonal_gradient,
        pooled,
        solved_staying,
        prior_parts,
        support_parts,
        pairs,
        *grid,
        heads,
        BLOCK=BLOCK,
        num_warps=2,
    )
    of_products = torch.empty_like(products)
    pool_backward_kernel[(programs,)](pooled, of_products, *grid, BLOCK=BLOCK, num_warps=2)
    gradients = [torch.empty_like(tensor) for tensor in (keys, queries, sharpness, staying)]
    depth = triton.next_power_of_2(head_dim)
    block = tile_rows(depth)
    products_backward_kernel[(batch * heads * triton.cdiv(patches, block),)](
        keys,
        queries,
        sharpness,
        of_products,
        solved_staying,
        *gradients,
        pairs,
        patches,
        heads,
        HEAD_DIM=head_dim,
        BLOCK_DEPTH=depth,
        BLOCK=block,
        num_warps=4,
    )
    of_prior = prior_parts.view(batch * pairs, heads, tiles).sum(dim=(0, 2))
    of_support = support_parts.view(batch * pairs, heads, tiles, 3).sum(dim=(0, 2)).T.contiguous()
    return *gradients, of_prior, of_support
