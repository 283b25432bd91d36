"""
What the forward and the backward kernels share: loading tiles of rows and multiplying them.

A matrix is the tuple (pointer, row stride, depth stride) of the `(patches, head_dim)` rows of one map.
"""

import triton
import triton.language as tl


@triton.jit
def map_pointer(pointer, map_index, num_heads, batch_stride, head_stride):
    """Where the rows of one map begin; 64-bit offsets, for tensors of more than 2^31 elements."""
    batch = (map_index // num_heads).to(tl.int64)
    head = (map_index % num_heads).to(tl.int64)
    return pointer + batch * batch_stride + head * head_stride


@triton.jit
def tile_pointers(matrix, rows, depth):
    return matrix[0] + rows.to(tl.int64)[:, None] * matrix[1] + depth.to(tl.int64)[None, :] * matrix[2]


@triton.jit
def tile_inside(rows, depth, num_patches, HEAD_DIM: tl.constexpr):
    return (rows[:, None] < num_patches) & (depth[None, :] < HEAD_DIM)


@triton.jit
def load_tile(
    matrix,
    rows,
    depth,
    num_patches,
    HEAD_DIM: tl.constexpr,
    CHECK_ROWS: tl.constexpr,
):
    """`(rows, depth)` values, zero outside of the matrix; checks only what can be outside."""
    pointers = tile_pointers(matrix, rows, depth)
    CHECK_DEPTH: tl.constexpr = depth.shape[0] * (HEAD_DIM // depth.shape[0]) != HEAD_DIM
    if CHECK_ROWS and CHECK_DEPTH:
        tile = tl.load(pointers, mask=tile_inside(rows, depth, num_patches, HEAD_DIM), other=0.0)
    elif CHECK_ROWS:
        tile = tl.load(pointers, mask=rows[:, None] < num_patches, other=0.0)
    elif CHECK_DEPTH:
        tile = tl.load(pointers, mask=depth[None, :] < HEAD_DIM, other=0.0)
    else:
        tile = tl.load(pointers)
    return tile


@triton.jit
def row_products(
    own,
    own_rows,
    other,
    other_rows,
    num_patches,
    HEAD_DIM: tl.constexpr,
    BLOCK_DEPTH: tl.constexpr,
    CHECK_OTHER: tl.constexpr,
    PRECISION: tl.constexpr,
):
    """Products of all own rows with all other rows, `(own_rows, other_rows)` in float32, by slices of the head."""
    products = tl.zeros((own_rows.shape[0], other_rows.shape[0]), tl.float32)
    for start in tl.range(0, HEAD_DIM, BLOCK_DEPTH):
        depth = start + tl.arange(0, BLOCK_DEPTH)
        left = load_tile(own, own_rows, depth, num_patches, HEAD_DIM, True)
        right = load_tile(other, other_rows, depth, num_patches, HEAD_DIM, CHECK_OTHER)
        products = tl.dot(left, tl.trans(right), products, input_precision=PRECISION)
    return products
