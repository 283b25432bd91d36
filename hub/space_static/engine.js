// What computes the model: WebAssembly, or the graphics processor where that is asked for and agrees.

import * as wasm from "./libraries/ort.js";
import { softmax } from "./odds.js";
import { Runtime } from "./runtime.js";

const LARGEST_DIFFERENCE = 0.02; // of a probability, from WebAssembly's
export const WEBGPU = "WebGPU";
const WASM = "WebAssembly";

const ready = (ort, name) => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(`libraries/${name}`, self.location.href).href };
  return ort;
};

/** The model on WebAssembly; `read(name)` gives the bytes of a file, `told(share)` hears how far loading is. */
export async function openRuntime(read, told) {
  const runtime = await Runtime.load(ready(wasm, "ort-wasm-simd-threaded.wasm"), read, told);
  return Object.assign(runtime, { engine: WASM });
}

/** The same model on the graphics processor; null where there is none, where it fails, or says something else. */
export async function onGraphics(plain, read) {
  try {
    if (!(await navigator.gpu?.requestAdapter())) return null;
    const ort = ready(await import("./libraries/ort.webgpu.js"), "ort-wasm-simd-threaded.asyncify.wasm");
    const moved = await plain.moved(ort, read, ["encoder", "pair"], ["webgpu"]);
    const [expected, told] = [await trial(plain), await trial(moved)];
    const apart = Math.max(...expected.map((value, i) => Math.abs(value - told[i])));
    if (!(apart <= LARGEST_DIFFERENCE)) throw new Error(`its answers are ${apart} away from WebAssembly's`);
    return Object.assign(moved, { engine: WEBGPU });
  } catch (error) {
    console.warn(`WebGPU is not used: ${error.message}`);
    return null;
  }
}

/** What is said of a picture that is the same everywhere, and the same a little later. */
async function trial(runtime) {
  const { size } = runtime;
  const frames = [];
  for (const shift of [0, 3]) {
    const shade = (_, i) => 128 + 90 * Math.sin((i + shift) / 7) * Math.cos(i / 911);
    frames.push(await runtime.encode({ data: Uint8ClampedArray.from({ length: 3 * size * size }, shade) }));
  }
  const { logits, micro_map: map, interest } = await runtime.compare([frames]);
  return [...softmax(logits[0]), ...map[0], ...interest[0].map((value) => value / 10)];
}
