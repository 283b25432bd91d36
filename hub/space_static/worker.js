// The worker in which everything is computed, so that the page stays awake. It opens no connection but to its own folder.

import * as ort from "./libraries/ort.js";
import { InputError, openFilm, pictureOf } from "./film.js";
import { LiveSpotter } from "./live.js";
import { Runtime } from "./runtime.js";
import { Stage } from "./stage.js";

const tell = (type, message = {}) => self.postMessage({ type, ...message });

let runtime;
let stage;
let spotter;
let index;
let run = 0; // number of the film or stream that is watched; what belongs to an earlier one is dropped
let camera;

async function read(name) {
  const answer = await fetch(`model/${name}`);
  if (!answer.ok) throw new Error(`“model/${name}” is missing`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function load({ canvas }) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL("libraries/ort-wasm-simd-threaded.wasm", self.location.href).href };
  runtime = await Runtime.load(ort, read, (share) => tell("loading", { share }));
  stage = new Stage(canvas);
  stage.size = runtime.size;
  tell("ready", { expressions: runtime.expressions });
}

function begin() {
  spotter = new LiveSpotter(runtime);
  index = 0;
  run += 1;
  return run;
}

async function take(picture, source, time, number, duration = null) {
  const update = await spotter.push(picture, time, number);
  if (!update) return;
  stage.draw(source, update.box, spotter.watch.latest, runtime.grid);
  const { points, intervals, box } = update;
  tell("update", { points, intervals, time, duration, face: box !== null, faces: spotter.finder.count });
}

async function watchFilm({ file }) {
  const own = begin();
  const film = await openFilm(file);
  if (own !== run) return;
  spotter = new LiveSpotter(runtime, film.fps);
  for await (const { picture, canvas, time, index: number } of film.frames()) {
    if (own !== run) return;
    await take(picture, canvas, time, number, film.duration);
    await new Promise((resolve) => { setTimeout(resolve); }); // a word from the page is heard
  }
  if (own === run) await finish();
}

async function watchCamera() {
  begin();
  tell("wanted");
}

async function takePicture({ bitmap, time }) {
  camera ??= new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  Object.assign(camera.canvas, { width: bitmap.width, height: bitmap.height });
  camera.drawImage(bitmap, 0, 0);
  bitmap.close();
  const own = run;
  await take(pictureOf(camera), camera.canvas, time, index);
  index += 1;
  if (own === run) tell("wanted");
}

/** What is known when the film is over, or the visitor has seen enough. */
async function finish() {
  const told = await spotter.finish();
  run += 1;
  if (!spotter.place) throw new InputError("It was stopped before the first frame, so there is nothing to tell.");
  if (!spotter.seen) {
    throw new InputError("No face was found; show one from the front, at least a fifteenth of the picture's width.");
  }
  tell("done", told);
}

const tasks = { load, film: watchFilm, camera: watchCamera, picture: takePicture, finish };
let queue = Promise.resolve();

self.onmessage = ({ data }) => {
  if (data.type === "stop") {
    run += 1; // also of what is being done
    if (!data.finish) return;
    data.type = "finish";
  }
  queue = queue.then(() => tasks[data.type](data)).catch((error) => {
    run += 1;
    if (!(error instanceof InputError)) console.error(error);
    const sentence = error instanceof InputError ? error.message : `Something went wrong (${error.message}); load the page anew.`;
    tell("failed", { sentence });
  });
};
