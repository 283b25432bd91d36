// From the course head's predictions for each step to the expressions that are reported.

import { ofKind } from "./extents.js";
import { logit, sigmoid } from "./odds.js";

const KINDS = ["none", "micro", "macro"];
const AROUND = { micro: 2, macro: 4 }; // steps on either side whose probabilities are averaged
const LEAST_OF_APEX = 0.25; // share of the score that does not depend on the apex probability
const LEAST_SCORE = 0.01; // what is less probable is not looked at any further
export const REMEMBERED = 6.0; // seconds of readings that are kept
const SAME = 0.1; // overlap, as a share of the shorter of two findings, above which only the surer one is reported
export const MOST_LENIENT = 0.02; // confidences asked for at strictness 0 and 1
const MOST_STRICT = 0.98;
const WIDEST = Math.max(...Object.values(AROUND));

/** Confidence that is asked for, by kind, from a calibration in the model's record and a strictness from 0 to 1. */
export function thresholds(calibration, strictness = 0.5) {
  return Object.fromEntries(["micro", "macro"].map((kind, number) => {
    const knots = [MOST_LENIENT, calibration[number][2], MOST_STRICT].map(logit);
    const at = 2 * strictness;
    const low = Math.min(Math.floor(at), 1);
    return [kind, sigmoid(knots[low] + (at - low) * (knots[low + 1] - knots[low]))];
  }));
}

/** Finds the peaks of the head's scores in one uninterrupted stretch, and decides which of them are reported. */
export class Decision {
  constructor(calibration, strictness = 0.5) {
    this.calibration = { micro: calibration[0], macro: calibration[1] };
    this.required = thresholds(calibration, strictness);
    this.clear();
  }

  clear() {
    this.readings = [];
    this.dropped = 0; // numbers of readings: let go, and looked at for peaks
    this.looked = 0;
    this.lookedUntil = -Infinity; // time of the last reading that was looked at
    this.waiting = [];
    this.told = [];
  }

  confidence(kind, score) {
    const [slope, intercept] = this.calibration[kind];
    return sigmoid(slope * logit(score) + intercept);
  }

  /** Takes the next readings; gives [findings to report, findings that are not sure enough]. */
  take(readings, finished = false) {
    this.readings.push(...readings);
    if (!this.readings.length) return [[], []];
    this.waiting.push(...this.peaks(finished));
    const [settled, refused] = this.settle(finished ? Infinity : this.lookedUntil);
    const newest = this.readings.at(-1).time;
    const old = this.readings.filter((reading) => reading.time < newest - REMEMBERED).length;
    const spare = Math.min(old, Math.max(this.looked - this.dropped - WIDEST - 1, 0));
    this.readings.splice(0, spare);
    this.dropped += spare;
    this.told = this.told.filter((finding) => finding.offset > newest - REMEMBERED);
    return [settled, refused];
  }

  /** Probabilities of the classes of a finding: the mean over its steps, by how sure each is. */
  classes(finding) {
    const number = KINDS.indexOf(finding.kind);
    let inside = this.readings.filter(({ time }) => finding.onset <= time && time <= finding.offset);
    if (!inside.length) {
      const far = ({ time }) => Math.abs(time - finding.apex);
      inside = [this.readings.reduce((best, reading) => (far(reading) < far(best) ? reading : best))];
    }
    const totals = inside[0].classes.map((_, i) =>
      inside.reduce((sum, reading) => sum + reading.kind[number] * reading.classes[i], 0));
    const total = Math.max(totals.reduce((sum, value) => sum + value, 0), 1e-9);
    return totals.map((value) => value / total);
  }

  /** The score of an apex of a kind at each of the readings that are kept. */
  scores(kind) {
    const around = AROUND[kind];
    const likely = this.readings.map((reading) => reading.kind[KINDS.indexOf(kind)]);
    return this.readings.map(({ apex }, place) => {
      let sum = 0;
      for (let i = place - around; i <= place + around; i += 1) sum += likely[i] ?? 0;
      return (sum / (2 * around + 1)) * (LEAST_OF_APEX + (1 - LEAST_OF_APEX) * apex);
    });
  }

  /** Steps that are likelier than both neighbours, among those of which everything around is known. */
  peaks(finished) {
    const count = this.dropped + this.readings.length;
    const until = finished ? count : count - WIDEST - 1;
    const found = [];
    if (until <= this.looked) return found;
    for (const kind of Object.keys(AROUND)) {
      const scores = this.scores(kind);
      for (let place = this.looked - this.dropped; place < until - this.dropped; place += 1) {
        const score = scores[place];
        if (score < LEAST_SCORE || score <= (scores[place - 1] ?? 0) || score < (scores[place + 1] ?? 0)) continue;
        const reading = this.readings[place];
        const [onset, apex, offset] = ofKind(reading.onset, reading.time, reading.offset, kind);
        found.push({ kind, onset, apex, offset, score, confidence: this.confidence(kind, score) });
      }
    }
    this.looked = until;
    this.lookedUntil = this.readings[until - this.dropped - 1].time;
    return found;
  }

  /** The surest of what is waiting and overlaps, as far as it ended before a time. */
  settle(horizon) {
    const enough = (finding) => finding.confidence >= this.required[finding.kind];
    let told = surest(this.waiting.filter(enough), this.told);
    let refused = surest(this.waiting.filter((finding) => !enough(finding)), [...this.told, ...told]);
    [told, refused] = [told, refused].map((several) => several.filter(({ offset }) => offset <= horizon));
    this.told.push(...told);
    this.waiting = this.waiting.filter((finding) =>
      finding.offset > horizon && !this.told.some((other) => overlap(finding, other)));
    return [told.sort((one, other) => one.onset - other.onset), refused];
  }
}

/** Of findings that overlap each other the surest, and none that overlaps a rival. */
function surest(findings, rivals) {
  const kept = [];
  for (const finding of [...findings].sort((one, other) => other.confidence - one.confidence)) {
    if (![...kept, ...rivals].some((other) => overlap(finding, other))) kept.push(finding);
  }
  return kept;
}

function overlap(one, other) {
  const common = Math.min(one.offset, other.offset) - Math.max(one.onset, other.onset);
  return common > SAME * Math.min(one.offset - one.onset, other.offset - other.onset);
}
