"""The fused forward pass: one matrix product with a running log-sum-exp, then one scaled row of values per query."""

import torch
import triton
import triton.language as tl

from .settings import LOG2_E, capability_of, forward_tiles, launch_settings, matmul_precision
from .tiles import load_tile, map_pointer, row_products, tile_inside, tile_pointers


@triton.jit
def _add_scores(maximum, total, scores, columns, num_patches, CHECK_COLUMNS: tl.constexpr):
    """Take more columns into the running maximum and the running sum of `2 ** (score - maximum)` of each row."""
    if CHECK_COLUMNS:
        scores = tl.where(columns[None, :] < num_patches, scores, float("-inf"))
    new_maximum = tl.maximum(maximum, tl.max(scores, 1))
    total = total * tl.exp2(maximum - new_maximum) + tl.sum(tl.exp2(scores - new_maximum[:, None]), 1)
    return new_maximum, total


@triton.jit
def _forward_rows(
    queries,
    keys,
    values,
    contexts,
    interest,
    diagonal,
    saved_diagonal,
    saved_log_total,
    map_index,
    rows,
    num_patches,
    scale,
    HEAD_DIM: tl.constexpr,
    BLOCK_COLUMNS: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    LAST_COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Some queries of one map against all its keys."""
    WHOLE_HEAD: tl.constexpr = BLOCK_DEPTH >= HEAD_DIM
    SLICE: tl.constexpr = 64 if BLOCK_DEPTH > 64 else BLOCK_DEPTH
    if WHOLE_HEAD:
        whole = tl.arange(0, BLOCK_DEPTH)
        query_tile = load_tile(queries, rows, whole, num_patches, HEAD_DIM, True)
    maximum = tl.full((rows.shape[0],), float("-inf"), tl.float32)
    total = tl.zeros((rows.shape[0],), tl.float32)
    whole_columns = num_patches // BLOCK_COLUMNS * BLOCK_COLUMNS
    for start in tl.range(0, whole_columns, BLOCK_COLUMNS):
        columns = start + tl.arange(0, BLOCK_COLUMNS)
        if WHOLE_HEAD:
            key_tile = load_tile(keys, columns, whole, num_patches, HEAD_DIM, False)
            products = tl.dot(query_tile, tl.trans(key_tile), input_precision=PRECISION)
        else:
            products = row_products(queries, rows, keys, columns, num_patches, HEAD_DIM, BLOCK_DEPTH, False, PRECISION)
        maximum, total = _add_scores(maximum, total, products * scale, columns, num_patches, False)
    # a narrow last tile: 784 patches are 6 tiles of 128 and 16 more, where a seventh tile of 128 would cost 14 % more
    if LAST_COLUMNS > 0:
        columns = whole_columns + tl.arange(0, LAST_COLUMNS)
        products = row_products(queries, rows, keys, columns, num_patches, HEAD_DIM, SLICE, True, PRECISION)
        maximum, total = _add_scores(maximum, total, products * scale, columns, num_patches, True)
    log_total = maximum + tl.log2(total)

    own = tl.zeros((rows.shape[0],), tl.float32)
    for start in tl.range(0, HEAD_DIM, SLICE):
        depth = start + tl.arange(0, SLICE)
        q = load_tile(queries, rows, depth, num_patches, HEAD_DIM, True)
        k = load_tile(keys, rows, depth, num_patches, HEAD_DIM, True)
        own += tl.sum(q.to(tl.float32) * k.to(tl.float32), 1)
    # the two sums round differently: without the bound a probability could exceed 1
    probability = tl.exp2(tl.minimum(own * scale - log_total, 0.0))

    inside = rows < num_patches
    row_index = map_index.to(tl.int64) * num_patches + rows
    tl.store(diagonal + row_index, probability.to(diagonal.dtype.element_ty), mask=inside)
    tl.store(saved_diagonal + row_index, probability, mask=inside)
    tl.store(saved_log_total + row_index, log_total, mask=inside)
    weight = probability
    if interest is not None:
        weight *= tl.load(interest + row_index, mask=inside, other=0.0).to(tl.float32)
    for start in tl.range(0, HEAD_DIM, SLICE):
        depth = start + tl.arange(0, SLICE)
        v = load_tile(values, rows, depth, num_patches, HEAD_DIM, True)
        tl.store(
            tile_pointers(contexts, rows, depth),
            (weight[:, None] * v.to(tl.float32)).to(v.dtype),
            mask=tile_inside(rows, depth, num_patches, HEAD_DIM),
        )


@triton.jit(do_not_specialize=["num_maps", "num_heads", "num_patches"])
def forward_kernel(
    query,
    key,
    value,
    interest,
    context,
    diagonal,
    saved_diagonal,
    saved_log_total,
    query_batch_stride,
    query_head_stride,
    query_row_stride,
    query_depth_stride,
    key_batch_stride,
    key_head_stride,
    key_row_stride,
    key_depth_stride,
    value_batch_stride,
    value_head_stride,
    value_row_stride,
    value_depth_stride,
    context_batch_stride,
    context_head_stride,
    context_row_stride,
    context_depth_stride,
    num_maps,
    num_heads,
    num_patches,
    scale,
    HEAD_DIM: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_COLUMNS: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    LAST_ROWS: tl.constexpr,
    LAST_COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """
    One program per `BLOCK_ROWS` queries of one map, and after all those one per rest of a map, `LAST_ROWS` queries;
    `scale` includes log2(e), all logarithms are of base 2.

    784 patches are 6 tiles of 128 and 16 more: as tiles of 128, 64 maps would take 448 programs, which is 4 turns of
    132 processors; so it is 384, in 3 turns, and 64 short ones.
    """
    program, tiles = tl.program_id(0), num_patches // BLOCK_ROWS
    if LAST_ROWS == 0:  # what is left over, if anything, is a tile with empty rows
        tiles = tl.cdiv(num_patches, BLOCK_ROWS)
    whole = num_maps * tiles
    is_whole = program < whole
    map_index = tl.where(is_whole, program // tl.maximum(tiles, 1), program - whole)
    query = map_pointer(query, map_index, num_heads, query_batch_stride, query_head_stride)
    key = map_pointer(key, map_index, num_heads, key_batch_stride, key_head_stride)
    value = map_pointer(value, map_index, num_heads, value_batch_stride, value_head_stride)
    context = map_pointer(context, map_index, num_heads, context_batch_stride, context_head_stride)
    queries = (query, query_row_stride, query_depth_stride)
    keys = (key, key_row_stride, key_depth_stride)
    values = (value, value_row_stride, value_depth_stride)
    contexts = (context, context_row_stride, context_depth_stride)
    if is_whole:
        _forward_rows(
            queries,
            keys,
            values,
            contexts,
            interest,
            diagonal,
            saved_diagonal,
            saved_log_total,
            map_index,
            (program % tl.maximum(tiles, 1)) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS),
            num_patches,
            scale,
            HEAD_DIM,
            BLOCK_COLUMNS,
            BLOCK_DEPTH,
            LAST_COLUMNS,
            PRECISION,
        )
    elif LAST_ROWS > 0:
        _forward_rows(
            queries,
            keys,
            values,
            contexts,
            interest,
            diagonal,
            saved_diagonal,
            saved_log_total,
            map_index,
            tiles * BLOCK_ROWS + tl.arange(0, LAST_ROWS),
            num_patches,
            scale,
            HEAD_DIM,
            BLOCK_COLUMNS,
            BLOCK_DEPTH,
            LAST_COLUMNS,
            PRECISION,
        )


def fused_forward(query, key, value, interest, scale):
    """
    Launch the forward kernel.

    Returns:
        `tuple[torch.Tensor, ...]`: context, diagonal, and in float32 for the gradients the diagonal once more and the
        logarithm (base 2) of each row's total.
    """
    batch, heads, patches, head_dim = query.shape
    context = torch.empty_like(query)
    diagonal = torch.empty(batch, heads, patches, dtype=query.dtype, device=query.device)
    saved_diagonal = torch.empty(batch, heads, patches, dtype=torch.float32, device=query.device)
    saved_log_total = torch.empty_like(saved_diagonal)
    chosen = launch_settings(False, capability_of(query.device), query.dtype, head_dim)
    chosen, last_rows, last_columns = forward_tiles(chosen, patches)
    forward_kernel[(batch * heads * triton.cdiv(patches, chosen.block_rows),)](
        query,
        key,
        value,
        interest,
        context,
        diagonal,
        saved_diagonal,
        saved_log_total,
        *query.stride(),
        *key.stride(),
        *value.stride(),
        *context.stride(),
        batch * heads,
        heads,
        patches,
        scale * LOG2_E,
        HEAD_DIM=head_dim,
        BLOCK_ROWS=chosen.block_rows,
        BLOCK_COLUMNS=chosen.block_columns,
        BLOCK_DEPTH=chosen.block_depth,
        LAST_ROWS=last_rows,
        LAST_COLUMNS=last_columns,
        PRECISION=matmul_precision(query.dtype),
        num_warps=chosen.num_warps,
        num_stages=chosen.num_stages,
    )
    return context, diagonal, saved_diagonal, saved_log_total
