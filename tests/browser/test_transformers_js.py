"""transformers.js opens an exported folder by the names that it expects, and computes what ONNX Runtime does here."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from micron_bert.cache_folder import cache_folder
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.onnx.export import export
from micron_bert.onnx.session import open_session

pytestmark = pytest.mark.browser
PACKAGE = "@huggingface/transformers@4.3.2"
FRAMES = 2
SCRIPT = """
import { AutoConfig, AutoModel, Tensor, env } from "@huggingface/transformers";
const [folder, dtype] = process.argv.slice(2);
Object.assign(env, { allowRemoteModels: false, localModelPath: folder });
const config = await AutoConfig.from_pretrained("model");
const model = await AutoModel.from_pretrained("model", { dtype });
const shape = [1, FRAMES, 3, config.image_size, config.image_size];
const count = shape.reduce((product, side) => product * side, 1);
const pixels = Float32Array.from({ length: count }, (_, i) => Math.sin(i / 50));
const told = await model({ pixel_values: new Tensor("float32", pixels, shape) });
console.log(JSON.stringify(Object.fromEntries(Object.entries(told).map(([name, { data }]) => [name, [...data]]))));
for (const model_file_name of ["encoder", "pair", "course"]) {
  await AutoModel.from_pretrained("model", { dtype, model_file_name });
}
"""


@pytest.fixture(scope="module")
def library():
    """A folder in which node finds transformers.js."""
    folder = cache_folder("transformers_js")
    if not (folder / "node_modules" / "@huggingface" / "transformers").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("transformers.js needs Node.js with npm.")
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"npm could not install `{PACKAGE}`: {done.stderr.strip().splitlines()[-1]}")
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The folder of an exported model, as a repository on the Hub has it."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(shipped_checkpoint(), folder / "model", ignore=shutil.ignore_patterns("onnx"))
    export(folder / "model", folder / "model" / "onnx")
    return folder


@pytest.mark.parametrize(("dtype", "ending"), [("fp32", ""), ("fp16", "_fp16")])
def test_transformers_js_computes_the_same(library, models, dtype, ending):
    script = library / "compare.mjs"
    script.write_text(SCRIPT.replace("FRAMES", str(FRAMES)))
    done = subprocess.run(["node", script, f"{models}/", dtype], capture_output=True, text=True, cwd=library)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[0])
    size = json.loads((models / "model" / "config.json").read_text())["image_size"]
    shape = (1, FRAMES, 3, size, size)
    pixels = np.sin(np.arange(np.prod(shape)) / 50).astype(np.float32).reshape(shape)
    session = open_session(models / "model" / "onnx" / f"model{ending}.onnx")
    names = [output.name for output in session.get_outputs()]
    assert told.keys() == set(names)
    for name, expected in zip(names, session.run(names, {"pixel_values": pixels}), strict=True):
        np.testing.assert_allclose(
            np.reshape(told[name], expected.shape), expected, rtol=1e-3, atol=1e-3, err_msg=name
        )
