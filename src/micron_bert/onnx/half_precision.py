"""Graphs with their weights in half precision."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 1024  # least number of values: halving a smaller tensor saves nothing


def with_half_weights(graph: onnx.ModelProto) -> onnx.ModelProto:
    """
    The same graph with its weights stored in half precision, and computed with in single.

    The file is half as large. Differences of a hundredth of a grey level count, which half precision does not resolve,
    so the computation itself keeps single precision; ONNX Runtime widens the weights once, when it loads them.

    Args:
        graph (`onnx.ModelProto`): left as it is.
    """
    half = onnx.ModelProto()
    half.CopyFrom(graph)
    casts = []
    for tensor in half.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALLEST:
            continue
        name, stored = tensor.name, f"{tensor.name}_half"
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}_widened", to=TensorProto.FLOAT))
    nodes = [*casts, *half.graph.node]
    del half.graph.node[:]
    half.graph.node.extend(nodes)
    return half
