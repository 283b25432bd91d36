// What computes the model: WebAssembly, or the graphics processor where there is one that agrees and is faster.

import * as wasm from "./libraries/ort.js";
import { softmax } from "./odds.js";
import { Runtime } from "./runtime.js";

const LARGEST_DIFFERENCE = 0.02; // of a probability, from WebAssembly's
const TRIALS = 3; // timed, after one to warm up
export const WEBGPU = "WebGPU";
export const WASM = "WebAssembly";

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

/**
 * The same model on the graphics processor; null where there is none, where it fails or says something else, and, but
 * for `insist`, where it is only imitated or slower.
 */
export async function quicker(plain, read, insist = false) {
  try {
    return await onGraphics(plain, read, insist);
  } catch (error) {
    console.warn(`WebGPU is not used: ${error.message}`);
    return null;
  }
}

async function onGraphics(plain, read, insist) {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter;
  if (software && !insist) return null;
  const ort = ready(await import("./libraries/ort.webgpu.js"), "ort-wasm-simd-threaded.asyncify.wasm");
  const quick = await plain.moved(ort, read, ["encoder", "pair"], ["webgpu"]);
  quick.engine = WEBGPU;
  const [one, other] = [await trial(plain), await trial(quick)];
  const apart = Math.max(...one.answer.map((value, i) => Math.abs(value - other.answer[i])));
  if (!(apart <= LARGEST_DIFFERENCE)) throw new Error(`its answers are ${apart} away from WebAssembly's`);
  return insist || other.took < one.took ? quick : null;
}

/** Milliseconds that a frame takes, and what is said of it: a picture that is the same everywhere. */
async function trial(runtime) {
  const { size } = runtime;
  const pictures = [0, 3].map((shift) => ({
    data: Uint8ClampedArray.from({ length: 3 * size * size }, (_, i) => 128 + 90 * Math.sin((i + shift) / 7) * Math.cos(i / 911)),
  }));
  const times = [];
  let told;
  for (let number = 0; number <= TRIALS; number += 1) {
    const begun = performance.now();
    const frames = [];
    for (const picture of pictures) frames.push(await runtime.encode(picture));
    told = await runtime.compare([frames]);
    times.push(performance.now() - begun);
  }
  const answer = [...softmax(told.logits[0]), ...told.micro_map[0], ...told.interest[0].map((value) => value / 10)];
  return { took: Math.min(...times.slice(1)), answer };
}
