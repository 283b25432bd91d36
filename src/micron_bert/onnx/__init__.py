"""Models as ONNX graphs: how they are written and checked, and how they run without torch."""
