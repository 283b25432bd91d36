// Spotting in a stream, frame by frame.

import { FaceDetector } from "./detector.js";
import { FaceFinder } from "./finder.js";
import { FaceMesh, boxOf } from "./mesh.js";
import { FaceWatch } from "./watch.js";

const FASTEST = 50.0; // frames per second that are all looked at; of faster films every second, third, …
const WORKING = 45.0; // frames per second that such films are brought below
const HOLE = 2.5; // times the usual spacing of frames: a longer pause is a hole in the film
const SHORTEST_HOLE = 0.1; // seconds
const USUAL = 30.0; // frames per second, until it is seen how many there are
const SLOWEST = 0.1; // seconds between frames, beyond which a stream shows no expression
const SPACINGS = 31; // of the last so many frames the median is what is usual

/**
 * Spots expressions while the frames come in, with bounded memory; `fps` is null where nobody knows it before, and
 * `options` are those of [`FaceWatch`].
 */
export class LiveSpotter {
  constructor(runtime, fps = null, options = {}) {
    this.finder = new FaceFinder(new FaceDetector(runtime.detectorNetwork()), new FaceMesh(runtime.meshNetwork()));
    this.watch = new FaceWatch(runtime, options);
    this.fps = fps;
    this.step = fps > FASTEST ? Math.ceil(fps / WORKING) : 1;
    this.spacings = [this.step / (fps ?? USUAL)];
    this.place = 0;
    this.last = -Infinity;
    this.size = null;
    this.seen = false;
  }

  /** Takes the next frame; gives { points, intervals, box }, null where the frame was not needed. */
  async push(picture, time, index) {
    const spacing = median(this.spacings);
    const passed = time - this.last;
    // of a fast film not every frame is needed, and frames of one time say nothing about movement
    if (passed <= (this.step > 1 ? 0.9 * spacing : 1e-6)) return null;
    const update = { points: [], intervals: [], box: null };
    if (Number.isFinite(passed)) {
      const resized = picture.width !== this.size.width || picture.height !== this.size.height;
      if (resized) this.finder.resize(picture.width / this.size.width, picture.height / this.size.height);
      const slow = this.fps === null && spacing > SLOWEST;
      const hole = slow || passed > Math.max(HOLE * spacing, SHORTEST_HOLE);
      if (resized || hole) gather(update, await this.watch.interrupt(spacing));
      // a slow computer or camera would otherwise have nothing but holes
      if (!hole || this.fps === null) this.spacings = [...this.spacings, passed].slice(-SPACINGS);
    }
    this.last = time;
    this.place += 1;
    this.size = { width: picture.width, height: picture.height };
    const landmarks = await this.finder.locate(picture, time);
    this.seen ||= landmarks !== null;
    if (this.seen) gather(update, await this.watch.push({ place: this.place, index, time, picture, landmarks }, spacing));
    if (landmarks) update.box = boxOf(landmarks);
    return update;
  }

  /** The stream is over: { points, intervals, strongest, reliability, thresholds, baseline, faces }. */
  async finish() {
    const update = { points: [], intervals: [], box: null };
    const spacing = median(this.spacings);
    gather(update, await this.watch.interrupt(spacing));
    const { strongest, baseline, decision } = this.watch;
    const reliability = this.watch.reliability.read(this.fps ?? 1 / spacing, this.fps === null);
    return { ...update, strongest, reliability, thresholds: decision.required, baseline, faces: this.finder.most };
  }
}

function gather(update, { points, intervals }) {
  update.points.push(...points);
  update.intervals.push(...intervals);
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
