// How far each patch of a face moved between a frame and frames a micro-expression's length before it.

import { EYE_DISTANCE } from "./alignment.js";
import { unitReadings } from "./unit_reading.js";

export const LAGS = [0.11, 0.22, 0.4]; // seconds
const HELD = 1.4; // seconds of encoded frames that are all kept
const LONGEST = 5.0; // seconds before that of which one in so many frames is kept
const THINNED = 6;

/** Encodes every frame of an uninterrupted stretch once and pairs it with frames before it. */
export class MovementMeter {
  constructor(runtime) {
    this.runtime = runtime;
    this.percent = 100 / (EYE_DISTANCE * runtime.size); // of the inter-ocular distance, a pixel of the crop
    this.held = [];
  }

  clear() {
    this.held = [];
  }

  /**
   * A frame against earlier ones: { places, fields, interest, microMap, logits }.
   *
   * Fields are movements since then, in % of the inter-ocular distance; logits, an array for each lag, are by the
   * pair classifier.
   */
  async push(place, time, image, spacing) {
    const { runtime } = this;
    const encoded = await runtime.encode(image);
    this.held.push({ time, place, encoded });
    if (place % THINNED === 0) this.letGo(time);
    const { held } = this;
    const partners = [];
    for (const lag of LAGS) {
      const off = held.map((entry) => Math.abs(entry.time - (time - lag)));
      const nearest = off.indexOf(Math.min(...off));
      if (nearest < held.length - 1 && off[nearest] <= 0.6 * spacing && !partners.includes(nearest)) {
        partners.push(nearest);
      }
    }
    // lags with a common divisor would leave every second or third frame unrelated to the others
    const steps = partners.map((nearest) => held.length - 1 - nearest);
    if (partners.length > 1 && steps.reduce(divisor) > 1) partners[1] += 1;
    const count = runtime.grid ** 2;
    const nothing = () => new Float32Array(runtime.labels.length);
    if (!partners.length) {
      const interest = new Float32Array(count).fill(1);
      return { places: [], fields: [], interest, microMap: new Float32Array(count), logits: LAGS.map(nothing) };
    }
    const told = await runtime.compare(partners.map((nearest) => [held[nearest].encoded, encoded]));
    const microMap = new Float32Array(count);
    for (const map of told.micro_map) map.forEach((value, i) => { microMap[i] += value / partners.length; });
    return {
      places: partners.map((nearest) => held[nearest].place),
      fields: told.displacement.map((field) => field.map((value) => value * this.percent)),
      interest: told.interest[0],
      microMap,
      logits: LAGS.map((_, number) => told.logits[number] ?? nothing()),
    };
  }

  /**
   * The action units between two frames, by their places, of those kept the nearest around them; null where the model
   * reads none.
   */
  async units(onset, apex) {
    const { action_units: names, action_unit_thresholds: asked } = this.runtime.record;
    if (!names.length || onset === apex) return null;
    const first = this.held.findLast(({ place }) => place <= onset) ?? this.held[0];
    const last = this.held.find(({ place }) => place >= apex) ?? this.held.at(-1);
    const told = await this.runtime.compare([[first.encoded, last.encoded]]);
    return unitReadings(told, 0, names, asked);
  }

  /** Drops most of the frames that no pair needs any more. */
  letGo(now) {
    this.held = this.held.filter(({ time, place }) =>
      time >= now - HELD - 1e-6 || (time >= now - LONGEST && place % THINNED === 0));
  }
}

function divisor(one, other) {
  return other ? divisor(other, one % other) : one;
}
