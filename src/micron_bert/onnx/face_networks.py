"""The face detector and the face mesh as ONNX graphs, for a browser, which has no runtime for `.tflite` files."""

from pathlib import Path

import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.models import FaceModels
from micron_bert.faces.network import FaceNetwork
from micron_bert.onnx.session import open_session

OPSET = 17
IR_VERSION = 9  # that runtimes of 2023 read too
NAMES = {"face_detector.onnx": ("regressors", "classificators"), "face_mesh.onnx": ("conv2d_21", "conv2d_31")}
TOLERANCE = 1e-3  # of outputs up to 200 (pixels of the input): the order of sums differs, no more


def export_face_networks(models: FaceModels, folder: Path) -> list[Path]:
    """
    Writes both networks as `face_detector.onnx` and `face_mesh.onnx`, and compares them with what they were made from.

    Input and outputs have the names and shapes of the `.tflite` files: `(1, side, side, 3)`, RGB, float32.

    Args:
        models ([`FaceModels`]): the `.tflite` files.
        folder (`Path`): exists.

    Raises:
        [`InputError`]: a graph would answer otherwise than its original.
        ImportError: LiteRT, whose package has the format's schema, or ONNX is not installed.
    """
    written = []
    for (name, outputs), path in zip(NAMES.items(), (models.detector, models.mesh), strict=True):
        graph = folder / name
        graph.write_bytes(Conversion(path).model(outputs).SerializeToString())
        _check(graph, FaceNetwork(path, outputs), outputs)
        written.append(graph)
    return written


def _check(graph: Path, network: FaceNetwork, outputs: tuple[str, ...]) -> None:
    session = open_session(graph, threads=1)
    given = session.get_inputs()[0]
    generator = np.random.default_rng(0)
    for level in (0.1, 1.0):
        picture = generator.uniform(-level, level, given.shape[1:]).astype(np.float32)
        result = session.run(list(outputs), {given.name: picture[None]})
        for one, other in zip(result, network(picture), strict=True):
            if not np.allclose(one.ravel(), other.ravel(), rtol=TOLERANCE, atol=TOLERANCE):
                raise InputError(f"`{graph}` does not answer as its `.tflite` file does; report this, please.")


class Conversion:
    """
    One network of the operators that the two have, in floating point.

    Args:
        path (`Path`): a `.tflite` file.
    """

    def __init__(self, path: Path):
        try:
            from ai_edge_litert import schema_py_generated as schema
        except ImportError as error:
            raise ImportError("Converting the face models needs LiteRT: `pip install ai-edge-litert`.") from error
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
        self.graph, self.buffers = model.subgraphs[0], model.buffers
        codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
        names = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
        self.operators = [(names[codes[operator.opcodeIndex]], operator) for operator in self.graph.operators]
        self.types = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
        self.types[schema.TensorType.INT32] = np.int32
        self.path, self.nodes, self.constants = path, [], []
        self.values: dict[int, np.ndarray] = {}  # constants by the number of their tensor

    def model(self, outputs: tuple[str, ...]):
        """The `onnx.ModelProto`, with these outputs."""
        from onnx import TensorProto, helper

        (given,) = self.graph.inputs
        first = self._name(given)
        self._add("Transpose", [first], f"{first}/planes", perm=[0, 3, 1, 2])
        self.places = {given: f"{first}/planes"}  # names of tensors whose channels come first
        for name, operator in self.operators:
            convert = getattr(self, f"_as_{name.lower()}", None)
            if convert is None:
                raise InputError(f"`{self.path}` has the operator `{name}`, which is not converted.")
            convert(operator)
        numbers = {self._name(number): number for number in self.graph.outputs}
        for name in outputs:
            number = numbers[name]
            if number in self.places:
                self._add("Transpose", [self.places[number]], name, perm=[0, 2, 3, 1])
        results = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, self._shape(numbers[name])) for name in outputs
        ]
        taken = [helper.make_tensor_value_info(first, TensorProto.FLOAT, self._shape(given))]
        graph = helper.make_graph(self.nodes, self.path.stem, taken, results, self.constants)
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="micron-bert")

    def _name(self, number: int) -> str:
        return self.graph.tensors[number].name.decode()

    def _shape(self, number: int) -> list[int]:
        return self.graph.tensors[number].shape.tolist()

    def _value(self, number: int) -> np.ndarray:
        if number not in self.values:
            tensor = self.graph.tensors[number]
            data = np.asarray(self.buffers[tensor.buffer].data, np.uint8)
            self.values[number] = data.view(self.types[tensor.type]).reshape(self._shape(number))
        return self.values[number]

    def _add(self, kind: str, given: list[str], result: str, **attributes) -> None:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, given, [result], **attributes))

    def _constant(self, name: str, value: np.ndarray) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _planes(self, kind: str, operator, given: list[str], **attributes) -> None:
        """A node whose result has its channels first."""
        (result,) = operator.outputs
        if getattr(operator.builtinOptions, "fusedActivationFunction", 0):
            raise InputError(f"`{self.path}` has a fused activation, which is not converted.")
        self.places[result] = f"{self._name(result)}/planes"
        self._add(kind, given, self.places[result], **attributes)

    def _window(self, operator, height: int, width: int) -> dict:
        """Strides and padding: TensorFlow's `SAME` puts what is odd behind."""
        options = operator.builtinOptions
        strides = (options.strideH, options.strideW)
        sides = zip(self._shape(operator.inputs[0])[1:3], (height, width), strides, strict=True)
        spare = [max((-(-length // step) - 1) * step + kernel - length, 0) for length, kernel, step in sides]
        spare = [0, 0] if options.padding == 1 else spare
        pads = [one // 2 for one in spare] + [one - one // 2 for one in spare]
        return {"kernel_shape": [height, width], "strides": list(strides), "pads": pads}

    def _as_dequantize(self, operator) -> None:
        self.values[operator.outputs[0]] = self._value(operator.inputs[0]).astype(np.float32)

    def _as_conv_2d(self, operator) -> None:
        given, kernel, bias = operator.inputs
        self._convolve(operator, given, self._value(kernel).transpose(0, 3, 1, 2), bias, 1)

    def _as_depthwise_conv_2d(self, operator) -> None:
        given, kernel, bias = operator.inputs
        value = self._value(kernel).transpose(3, 0, 1, 2)
        self._convolve(operator, given, value, bias, len(value))

    def _convolve(self, operator, given: int, kernel: np.ndarray, bias: int, groups: int) -> None:
        name = self._name(operator.outputs[0])
        inputs = [self.places[given], self._constant(f"{name}/kernel", kernel)]
        inputs.append(self._constant(f"{name}/bias", self._value(bias)))
        self._planes("Conv", operator, inputs, group=groups, **self._window(operator, *kernel.shape[2:]))

    def _as_max_pool_2d(self, operator) -> None:
        options = operator.builtinOptions
        window = self._window(operator, options.filterHeight, options.filterWidth)
        self._planes("MaxPool", operator, [self.places[operator.inputs[0]]], **window)

    def _as_relu(self, operator) -> None:
        self._planes("Relu", operator, [self.places[operator.inputs[0]]])

    def _as_prelu(self, operator) -> None:
        given, slope = operator.inputs
        value = self._value(slope).reshape(-1)[:, None, None]
        slopes = self._constant(f"{self._name(operator.outputs[0])}/slope", value)
        self._planes("PRelu", operator, [self.places[given], slopes])

    def _as_add(self, operator) -> None:
        self._planes("Add", operator, [self.places[number] for number in operator.inputs])

    def _as_pad(self, operator) -> None:
        given, padding = operator.inputs
        before, after = self._value(padding).T.astype(np.int64)
        order = [0, 3, 1, 2]
        sides = self._constant(
            f"{self._name(operator.outputs[0])}/sides", np.concatenate([before[order], after[order]])
        )
        self._planes("Pad", operator, [self.places[given], sides])

    def _as_reshape(self, operator) -> None:
        given, (result,) = operator.inputs[0], operator.outputs
        name = self._name(result)
        self._add("Transpose", [self.places[given]], f"{name}/last", perm=[0, 2, 3, 1])
        shape = self._constant(f"{name}/shape", np.array(self._shape(result), np.int64))
        self._add("Reshape", [f"{name}/last", shape], name)

    def _as_concatenation(self, operator) -> None:
        (result,) = operator.outputs
        axis = operator.builtinOptions.axis
        self._add("Concat", [self._name(number) for number in operator.inputs], self._name(result), axis=axis)
