"""The fused backward pass: the scores are computed again, no row or column of the map is ever stored."""

import torch
import triton
import triton.language as tl

from .settings import LOG2_E, capability_of, launch_settings, left_over, matmul_precision
from .tiles import load_tile, map_pointer, row_products, tile_inside, tile_pointers

# Probabilities are multiplied by 2 ** HEADROOM before they are rounded for the second product, so that those of large
# maps (1 / 16384) do not become subnormal float16 numbers. Exact, and divided out again at the end.
HEADROOM = tl.constexpr(12)
# Rows of one program of the row kernel, which only streams: small tiles keep many loads in flight.
ROWS = 32


@triton.jit(do_not_specialize=["num_heads", "num_patches"])
def row_gradient_kernel(
    context_gradient,
    diagonal_gradient,
    value,
    interest,
    probability,
    value_gradient,
    interest_gradient,
    strength,
    context_batch_stride,
    context_head_stride,
    context_row_stride,
    context_depth_stride,
    value_batch_stride,
    value_head_stride,
    value_row_stride,
    value_depth_stride,
    out_batch_stride,
    out_head_stride,
    out_row_stride,
    out_depth_stride,
    num_heads,
    num_patches,
    HEAD_DIM: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
):
    """What needs no other row: the gradients of value and interest, and `strength` = dL / d(log diagonal)."""
    tiles = tl.cdiv(num_patches, BLOCK_ROWS)
    map_index = tl.program_id(0) // tiles
    rows = (tl.program_id(0) % tiles) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    depth = tl.arange(0, BLOCK_DEPTH)
    inside = rows < num_patches
    row_index = map_index.to(tl.int64) * num_patches + rows
    context_gradient = map_pointer(context_gradient, map_index, num_heads, context_batch_stride, context_head_stride)
    value = map_pointer(value, map_index, num_heads, value_batch_stride, value_head_stride)
    value_gradient = map_pointer(value_gradient, map_index, num_heads, out_batch_stride, out_head_stride)
    context_gradients = (context_gradient, context_row_stride, context_depth_stride)
    values = (value, value_row_stride, value_depth_stride)
    value_gradients = (value_gradient, out_row_stride, out_depth_stride)

    chance = tl.load(probability + row_index, mask=inside, other=0.0)
    gate = tl.full((BLOCK_ROWS,), 1.0, tl.float32)
    if interest is not None:
        gate = tl.load(interest + row_index, mask=inside, other=0.0).to(tl.float32)
    agreement = tl.zeros((BLOCK_ROWS,), tl.float32)
    for start in tl.range(0, HEAD_DIM, BLOCK_DEPTH):
        g = load_tile(context_gradients, rows, start + depth, num_patches, HEAD_DIM, True).to(tl.float32)
        v = load_tile(values, rows, start + depth, num_patches, HEAD_DIM, True)
        agreement += tl.sum(g * v.to(tl.float32), 1)
        tl.store(
            tile_pointers(value_gradients, rows, start + depth),
            ((chance * gate)[:, None] * g).to(v.dtype),
            mask=tile_inside(rows, start + depth, num_patches, HEAD_DIM),
        )
    if interest is not None:
        slope = (agreement * chance).to(interest_gradient.dtype.element_ty)
        tl.store(interest_gradient + row_index, slope, mask=inside)
    slope = agreement * gate + tl.load(diagonal_gradient + row_index, mask=inside, other=0.0).to(tl.float32)
    tl.store(strength + row_index, slope * chance, mask=inside)


@triton.jit
def _add_flow(
    sums,
    own,
    own_tile,
    own_rows,
    own_log_total,
    other,
    other_rows,
    out_depth,
    share,
    log_total,
    num_patches,
    scale,
    OWN_IS_QUERY: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    CHECK_OTHER: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Add the other rows, weighted by what flows between them and the own rows, to `sums` (own rows, out depth)."""
    other_tile = load_tile(other, other_rows, out_depth, num_patches, HEAD_DIM, CHECK_OTHER)
    if BLOCK_DEPTH >= HEAD_DIM:
        products = tl.dot(own_tile, tl.trans(other_tile), input_precision=PRECISION)
    else:
        products = row_products(
            own, own_rows, other, other_rows, num_patches, HEAD_DIM, BLOCK_DEPTH, CHECK_OTHER, PRECISION
        )
    if OWN_IS_QUERY:
        flow = tl.exp2(products * scale - own_log_total[:, None])
        if CHECK_OTHER:
            flow = tl.where(other_rows[None, :] < num_patches, flow, 0.0)
    else:
        if CHECK_OTHER:
            other_log_total = tl.load(log_total + other_rows, mask=other_rows < num_patches, other=float("inf"))
        else:
            other_log_total = tl.load(log_total + other_rows)
        flow = tl.exp2(products * scale - (other_log_total - HEADROOM)[None, :])
    # here and not after the sum: rounding 1 - P keeps the digits that rounding a P close to 1 would lose
    flow = tl.where(own_rows[:, None] == other_rows[None, :], flow - 2.0**HEADROOM, flow)
    if not OWN_IS_QUERY:
        if CHECK_OTHER:
            flow *= tl.load(share + other_rows, mask=other_rows < num_patches, other=0.0)[None, :]
        else:
            flow *= tl.load(share + other_rows)[None, :]
    return tl.dot(flow.to(other_tile.dtype), other_tile, sums, input_precision=PRECISION)


@triton.jit(do_not_specialize=["num_heads", "num_patches"])
def score_gradient_kernel(
    own,
    other,
    gradient,
    share,
    peak,
    log_total,
    own_batch_stride,
    own_head_stride,
    own_row_stride,
    own_depth_stride,
    other_batch_stride,
    other_head_stride,
    other_row_stride,
    other_depth_stride,
    gradient_batch_stride,
    gradient_head_stride,
    gradient_row_stride,
    gradient_depth_stride,
    num_heads,
    num_patches,
    scale,
    scale_to_log2,
    OWN_IS_QUERY: tl.constexpr,
    HEAD_DIM: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_COLUMNS: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    BLOCK_OUT: tl.constexpr,
    LAST_COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """
    The gradient of the queries (own = query, other = key) or of the keys (own = key, other = query).

    With c_i = dL / d(log diagonal_i) = `share_i * peak`, where r is an own row and the other row paired with it:
    queries get `scale * c_r * (other_r - sum_i P_ri * other_i)`, keys `scale * (c_r * other_r - sum_i c_i * P_ir *
    other_i)`. One program makes `BLOCK_OUT` columns of `BLOCK_ROWS` rows.
    """
    slices: tl.constexpr = (HEAD_DIM + BLOCK_OUT - 1) // BLOCK_OUT
    tiles = tl.cdiv(num_patches, BLOCK_ROWS)
    out_depth = (tl.program_id(0) % slices) * BLOCK_OUT + tl.arange(0, BLOCK_OUT)
    tile = tl.program_id(0) // slices
    map_index = tile // tiles
    rows = (tile % tiles) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    inside = rows < num_patches
    own = map_pointer(own, map_index, num_heads, own_batch_stride, own_head_stride)
    other = map_pointer(other, map_index, num_heads, other_batch_stride, other_head_stride)
    gradient = map_pointer(gradient, map_index, num_heads, gradient_batch_stride, gradient_head_stride)
    owns = (own, own_row_stride, own_depth_stride)
    others = (other, other_row_stride, other_depth_stride)
    gradients = (gradient, gradient_row_stride, gradient_depth_stride)
    share += map_index.to(tl.int64) * num_patches
    log_total += map_index.to(tl.int64) * num_patches

    # the last tile goes by slices: kept whole next to `sums` it would not fit the registers
    SLICE: tl.constexpr = 64 if BLOCK_DEPTH > 64 else BLOCK_DEPTH
    own_tile = owns
    if BLOCK_DEPTH >= HEAD_DIM:
        own_tile = load_tile(owns, rows, tl.arange(0, BLOCK_DEPTH), num_patches, HEAD_DIM, True)
    own_log_total = tl.load(log_total + rows, mask=inside, other=0.0) - HEADROOM
    sums = tl.zeros((BLOCK_ROWS, BLOCK_OUT), tl.float32)
    whole_columns = num_patches // BLOCK_COLUMNS * BLOCK_COLUMNS
    for start in tl.range(0, whole_columns, BLOCK_COLUMNS):
        sums = _add_flow(
            sums,
            owns,
            own_tile,
            rows,
            own_log_total,
            others,
            start + tl.arange(0, BLOCK_COLUMNS),
            out_depth,
            share,
            log_total,
            num_patches,
            scale_to_log2,
            OWN_IS_QUERY,
            HEAD_DIM,
            BLOCK_DEPTH,
            False,
            PRECISION,
        )
    if LAST_COLUMNS > 0:
        sums = _add_flow(
            sums,
            owns,
            own_tile,
            rows,
            own_log_total,
            others,
            whole_columns + tl.arange(0, LAST_COLUMNS),
            out_depth,
            share,
            log_total,
            num_patches,
            scale_to_log2,
            OWN_IS_QUERY,
            HEAD_DIM,
            SLICE,
            True,
            PRECISION,
        )
    factor = tl.full((BLOCK_ROWS,), -scale * 2.0**-HEADROOM, tl.float32) * tl.load(peak + map_index)
    if OWN_IS_QUERY:
        factor *= tl.load(share + rows, mask=inside, other=0.0)
    tl.store(
        tile_pointers(gradients, rows, out_depth),
        (sums * factor[:, None]).to(gradient.dtype.element_ty),
        mask=tile_inside(rows, out_depth, num_patches, HEAD_DIM),
    )


def row_depth(head_dim: int) -> int:
    """Width of a tile of the row kernel."""
    return min(128, max(16, triton.next_power_of_2(head_dim)))


def fused_backward(
    query, key, value, interest, probability, log_total, context_gradient, diagonal_gradient, scale, needed
):
    """Launch the backward kernels; returns the gradients of query, key, value, interest, `None` where not needed."""
    batch, heads, patches, head_dim = query.shape
    value_gradient = torch.empty_like(value)
    interest_gradient = None if interest is None else torch.empty_like(interest)
    strength = torch.empty_like(probability)  # (B, A, N)
    row_gradient_kernel[(batch * heads * triton.cdiv(patches, ROWS),)](
        context_gradient,
        diagonal_gradient,
        value,
        interest,
        probability,
        value_gradient,
        interest_gradient,
        strength,
        *context_gradient.stride(),
        *value.stride(),
        *value_gradient.stride(),
        heads,
        patches,
        HEAD_DIM=head_dim,
        BLOCK_ROWS=ROWS,
        BLOCK_DEPTH=row_depth(head_dim),
        num_warps=4,
        num_stages=2,
    )
    # the largest of each map becomes 1, so that small gradients do not underflow in a half precision product
    peak = strength.abs().amax(-1).clamp_(min=torch.finfo(torch.float32).tiny)  # (B, A)
    share = strength.div_(peak[..., None])
    query_gradient = key_gradient = None
    if needed[0]:
        query_gradient = _score_gradient(query, key, share, peak, log_total, scale, own_is_query=True)
    if needed[1]:
        key_gradient = _score_gradient(key, query, share, peak, log_total, scale, own_is_query=False)
    return query_gradient, key_gradient, value_gradient, interest_gradient


def _score_gradient(own, other, share, peak, log_total, scale, own_is_query):
    batch, heads, patches, head_dim = own.shape
    gradient = torch.empty_like(own)
    chosen = launch_settings(True, capability_of(own.device), own.dtype, head_dim)
    tiles = triton.cdiv(patches, chosen.block_rows) * triton.cdiv(head_dim, chosen.block_out)
    score_gradient_kernel[(batch * heads * tiles,)](
        own,
        other,
        gradient,
        share,
        peak,
        log_total,
        *own.stride(),
        *other.stride(),
        *gradient.stride(),
        heads,
        patches,
        scale,
        scale * LOG2_E,
        OWN_IS_QUERY=own_is_query,
        HEAD_DIM=head_dim,
        BLOCK_ROWS=chosen.block_rows,
        BLOCK_COLUMNS=chosen.block_columns,
        BLOCK_DEPTH=chosen.block_depth,
        BLOCK_OUT=chosen.block_out,
        LAST_COLUMNS=left_over(patches, chosen.block_columns),
        PRECISION=matmul_precision(own.dtype),
        num_warps=chosen.num_warps,
        num_stages=chosen.num_stages,
    )
    return gradient
