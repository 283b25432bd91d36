// Watching one face: its curve, and the expressions in it as soon as they are over.

import { Baseline, SHORTEST } from "./baseline.js";
import { causeOf } from "./causes.js";
import { LIPS, join, weightsOf } from "./course.js";
import { Decision, MOST_LENIENT, REMEMBERED } from "./decision.js";
import { framesWithin, nearest } from "./extents.js";
import { MovementMeter } from "./movement.js";
import { CourseReader } from "./reading.js";
import { REGIONS, faceWeights } from "./regions.js";
import { ReliabilityMeter } from "./reliability.js";
import { Steps } from "./steps.js";
import { FaceTrack } from "./track.js";

const EVERY = 0.1; // seconds from one look at the course to the next
const AROUND = 0.2; // seconds before and after a movement in which its cause is looked for
const DOUBTFUL = MOST_LENIENT; // confidence that no strictness requires; below it, confidences are not compared

/**
 * Follows the course of one face and tells the expressions in it, with bounded memory.
 *
 * `baseline` is of this face at rest; where it is not known, the first `rest` seconds become it, and nothing is
 * reported in them.
 */
export class FaceWatch {
  constructor(runtime, { strictness = 0.5, baseline = null, rest = 0 } = {}) {
    this.runtime = runtime;
    this.count = runtime.grid ** 2;
    this.track = new FaceTrack(runtime.size);
    this.meter = new MovementMeter(runtime);
    this.steps = new Steps(runtime.record.course.step);
    this.reader = new CourseReader(runtime);
    this.decision = new Decision(runtime.record.course.calibration, strictness);
    this.reliability = new ReliabilityMeter();
    this.strongest = null; // the surest movement that was not reported; where all are doubtful, that of largest cause
    this.rank = -1;
    const names = [...runtime.expressions, "none"];
    // the pair classifier's numbers of what the course head tells apart; none where it knows other names
    this.numbers = names.map((name) => runtime.labels.indexOf(name));
    this.named = !this.numbers.includes(-1) && runtime.labels.length === names.length;
    this.baseline = baseline;
    this.rest = rest;
    this.resting = rest > 0;
    this.rested = 0; // seconds of the face at rest, its curve in them, and what would have been reported
    this.quiet = [];
    this.before = [];
    this.begun = null;
    if (baseline) this.settle();
    this.begin(0);
  }

  /** Forgets the stretch before. */
  begin(stretch) {
    this.stretch = stretch;
    this.weights = null;
    this.moments = [];
    this.looked = -Infinity;
    this.latest = null; // the newest face, with its micro map
    this.meter.clear();
    this.steps.clear();
    this.reader.clear();
    this.decision.clear();
  }

  /** Takes the next frame { place, index, time, picture, landmarks }; gives { points, intervals }. */
  async push(frame, spacing) {
    const told = await this.take(this.track.push(frame), spacing);
    if (!frame.landmarks) {
      this.reliability.miss();
      told.intervals.push(...(await this.end()));
      told.points.push({ index: frame.index, time: frame.time, movement: NaN, present: false });
    }
    return told;
  }

  /** Ends the stretch, as at a hole in the film or at its end. */
  async interrupt(spacing) {
    const told = await this.take(this.track.interrupt(), spacing);
    told.intervals.push(...(await this.end()));
    return told;
  }

  async take(faces, spacing) {
    const [points, intervals] = [[], []];
    for (const face of faces) {
      if (face.stretch !== this.stretch) {
        intervals.push(...(await this.end()));
        this.begin(face.stretch);
        this.weights = weightsOf(face, this.runtime.grid);
      }
      const pairs = await this.meter.push(face.place, face.time, face.image, spacing);
      const moment = join(this.moments, face, pairs, this.count);
      this.moments.push(moment);
      this.reliability.see(face, moment.state[LIPS]);
      while (this.moments[0].time < face.time - REMEMBERED) this.moments.shift();
      this.reader.push(this.steps.push(this.stepOf(face.time, moment.position, pairs)));
      const movement = this.movementOf(pairs);
      points.push({ index: face.index, time: face.time, movement, present: true });
      if (this.resting) {
        this.begun ??= face.time;
        if (face.time < this.begun + this.rest) {
          this.rested += spacing;
          this.quiet.push(movement);
        }
      }
      this.latest = { transform: face.transform, microMap: pairs.microMap, movement };
      // of slow films every frame, or the delay would grow
      if (face.time - this.looked >= EVERY - 0.6 * spacing) {
        this.looked = face.time;
        intervals.push(...(await this.look()));
      }
    }
    return { points, intervals };
  }

  /** A frame as the course head is given it. */
  stepOf(time, position, { interest, microMap, logits }) {
    const maps = new Float32Array(2 * this.count);
    maps.set(microMap);
    interest.forEach((value, i) => { maps[this.count + i] = value - 1; });
    const columns = this.numbers.map((number) => (one) => (this.named ? one[number] : 0));
    const pair_logits = Float32Array.from(logits.flatMap((one) => columns.map((column) => column(one))));
    return { time, position, maps, pair_logits };
  }

  async end() {
    let intervals = [];
    if (this.moments.length) {
      this.reader.push(this.steps.finish());
      intervals = await this.look(true);
    }
    this.begin(this.stretch);
    return intervals;
  }

  /** Movement over the face without the eyes, in % of the inter-ocular distance; NaN without any pair. */
  movementOf({ fields, interest }) {
    const shares = faceWeights(this.weights).map((weight, i) => weight * interest[i]);
    const total = Math.max(shares.reduce((sum, share) => sum + share, 0), 1e-9);
    const lengths = fields.map((field) =>
      shares.reduce((sum, share, i) => sum + share * Math.hypot(field[i], field[this.count + i]), 0) / total);
    return lengths.length ? Math.max(...lengths) : NaN;
  }

  /** Reads what became readable, and tells the expressions that are settled. */
  async look(finished = false) {
    if (this.moments.length < 3) return [];
    let [told, refused] = this.decision.take(await this.reader.read(finished), finished);
    if (this.resting) [told, refused] = this.afterRest(told, refused);
    else if (this.baseline) {
      [told, refused] = [told, refused].map((several) => several.filter(({ apex }) => !this.baseline.holds(apex)));
    }
    for (const finding of refused) {
      const rank = this.rankOf(finding);
      if (rank > this.rank) [this.strongest, this.rank] = [await this.interval(finding), rank];
    }
    const intervals = [];
    for (const finding of told) intervals.push(await this.interval(finding));
    return intervals;
  }

  /** Findings outside the resting seconds; those within are kept for the baseline. */
  afterRest(told, refused) {
    const until = this.begun + this.rest;
    this.before.push(...[...told, ...refused].filter(({ apex }) => apex < until));
    [told, refused] = [told, refused].map((several) => several.filter(({ apex }) => apex >= until));
    if (this.decision.lookedUntil <= until) return [told, refused];
    this.resting = false;
    if (this.rested < SHORTEST) return [told, refused]; // a face that was absent has no baseline
    this.baseline = new Baseline([this.begun, until], this.rested, this.quiet, this.before);
    this.settle();
    return [told.filter(({ kind, confidence }) => confidence >= this.decision.required[kind]), refused];
  }

  settle() {
    this.decision.required = this.baseline.required(this.decision.required);
  }

  /** What is doubtful stands below all else, by its cause. */
  rankOf(finding) {
    if (finding.confidence >= DOUBTFUL) return finding.confidence;
    const { size } = causeOf(this.around(finding));
    return (DOUBTFUL * size) / (1 + size);
  }

  /** The moments of a movement, and those shortly before and after it. */
  around(finding) {
    return this.moments.filter(({ time }) => finding.onset - AROUND <= time && time <= finding.offset + AROUND);
  }

  async interval(finding) {
    const { kind, confidence } = finding;
    const times = this.moments.map(({ time }) => time);
    const [first, last] = framesWithin(times, [finding.onset, finding.apex, finding.offset], kind);
    const middle = Math.min(Math.max(nearest(times, finding.apex), first), last);
    const [onset, apex, offset] = [first, middle, last].map((place) => this.moments[place]);
    const moved = Float64Array.from({ length: this.count }, (_, i) =>
      Math.hypot(apex.position[i] - onset.position[i], apex.position[this.count + i] - onset.position[this.count + i]));
    const byRegion = this.weights.map((weights) => weights.reduce((sum, weight, i) => sum + weight * moved[i], 0));
    const classes = this.named ? this.decision.classes(finding) : null;
    const probabilities = classes && Object.fromEntries(this.runtime.expressions.map((name, i) => [name, classes[i]]));
    return {
      face: 0,
      kind,
      confidence,
      onset: onset.index,
      apex: apex.index,
      offset: offset.index,
      start: onset.time,
      peak: apex.time,
      end: offset.time,
      region: REGIONS[byRegion.indexOf(Math.max(...byRegion))],
      label: classes && this.runtime.expressions[classes.indexOf(Math.max(...classes))],
      probabilities,
      cause: causeOf(this.around(finding), confidence < DOUBTFUL).name,
      units: await this.meter.units(onset.place, apex.place),
      view: apex.view,
    };
  }
}
