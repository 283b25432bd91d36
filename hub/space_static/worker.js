// The worker in which everything is computed, so that the page stays awake. It opens no connection but to its own folder.

import { Baseline } from "./baseline.js";
import { WEBGPU, onGraphics, openRuntime } from "./engine.js";
import { InputError } from "./errors.js";
import { openFilm, pictureOf } from "./film.js";
import { LiveSpotter } from "./live.js";
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

async function load({ canvas, engine }) {
  runtime = await openRuntime(read, (share) => tell("loading", { share }));
  if (engine === WEBGPU) runtime = (await onGraphics(runtime, read)) ?? runtime;
  stage = new Stage(canvas);
  stage.size = runtime.size;
  tell("ready", { calibration: runtime.record.course.calibration, engine: runtime.engine });
}

/** `options` are those of [`FaceWatch`]. */
function begin(options) {
  spotter = new LiveSpotter(runtime, null, options);
  index = 0;
  run += 1;
  return run;
}

async function take(picture, source, time, number, duration = null) {
  const update = await spotter.push(picture, time, number);
  if (!update) return;
  stage.draw(source, update.box, spotter.watch.latest, runtime.grid);
  const { points, intervals, box } = update;
  const { resting } = spotter.watch;
  tell("update", { points, intervals, time, duration, resting, face: box !== null, faces: spotter.finder.count });
}

const hearing = () => new Promise((resolve) => { setTimeout(resolve); }); // a word from the page is heard meanwhile

async function watchFilm({ file, strictness, neutral }) {
  const own = begin({ strictness });
  const film = await openFilm(file);
  const baseline = neutral && (await baselineOf(film, neutral, own));
  if (own !== run) return;
  spotter = new LiveSpotter(runtime, film.fps, { strictness, baseline });
  for await (const { picture, canvas, time, index: number } of film.frames()) {
    if (own !== run) return;
    await take(picture, canvas, time, number, film.duration);
    await hearing();
  }
  if (own === run) await finish();
}

/** What is usual for the face, from a stretch [start, end] of a film in which it is neutral; null if stopped. */
async function baselineOf(film, [start, end], own) {
  const watcher = new LiveSpotter(runtime, film.fps, { strictness: 0 });
  const [points, told] = [[], []];
  const gather = (update) => {
    points.push(...update.points.filter(({ present }) => present));
    told.push(...update.intervals);
  };
  for await (const { picture, time, index: number } of film.frames(start, end)) {
    if (own !== run) return null;
    const update = await watcher.push(picture, time, number);
    if (update) gather(update);
    tell("resting", { share: (time - start) / (Math.min(end, film.duration) - start) });
    await hearing();
  }
  const last = await watcher.finish();
  gather(last);
  if (last.strongest) told.push(last.strongest);
  const seconds = points.length ? points.at(-1).time - points[0].time : 0;
  return new Baseline([start, end], seconds, points.map(({ movement }) => movement), told);
}

async function watchCamera({ strictness, rest }) {
  begin({ strictness, rest });
  tell("wanted");
}

async function takePicture({ bitmap, time }) {
  tell("wanted"); // the next one comes while this one is looked at
  camera ??= new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  Object.assign(camera.canvas, { width: bitmap.width, height: bitmap.height });
  camera.drawImage(bitmap, 0, 0);
  bitmap.close();
  await take(pictureOf(camera), camera.canvas, time, index);
  index += 1;
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
