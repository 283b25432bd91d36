"""Opening a graph with ONNX Runtime."""

from pathlib import Path

from micron_bert.errors import InputError


def open_session(path: Path, threads: int | None = None):
    """
    An inference session on the CPU.

    Args:
        path (`Path`): of the graph.
        threads (`int`, *optional*): that compute one call; as many as there are cores if left out.

    Raises:
        ImportError: ONNX Runtime is not installed.
        [`InputError`]: the file is no graph that it can run.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError("Running ONNX graphs needs ONNX Runtime: `pip install micron-bert[onnx]`.") from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors alone
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leaves the cores to what waits
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library has a dozen kinds
        raise InputError(f"`{path}` cannot be run as an ONNX graph: {str(error).splitlines()[0]}") from error
