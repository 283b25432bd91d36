// What a visitor may set before something is watched.

import { thresholds } from "./decision.js";
import { InputError } from "./errors.js";

/** Reads the settings; `at(id)` gives an element of the page. */
export class Settings {
  constructor(at) {
    this.at = at;
    this.known = null; // the calibration of the model
    at("strictness").addEventListener("input", () => this.show());
  }

  set calibration(calibration) {
    this.known = calibration;
    this.show();
  }

  get strictness() {
    return Number(this.at("strictness").value);
  }

  /** Options for a film: { strictness, neutral }. Throws an [`InputError`]. */
  forFilm() {
    const [from, to] = ["from", "to"].map((id) => this.seconds(id));
    if (from === null && to === null) return { strictness: this.strictness, neutral: null };
    if (from === null || to === null) {
      throw new InputError("Half of the neutral stretch is missing; give both its seconds under Settings, or none.");
    }
    if (from >= to) {
      throw new InputError(`The neutral stretch goes from ${from} to ${to} s; it must end after it begins.`);
    }
    return { strictness: this.strictness, neutral: [from, to] };
  }

  /** Options for a camera: { strictness, rest }. Throws an [`InputError`]. */
  forCamera() {
    return { strictness: this.strictness, rest: this.seconds("rest") ?? 0 };
  }

  /** A number of seconds; null where the field is empty. */
  seconds(id) {
    const { value, validity } = this.at(id);
    if (validity.badInput || Number(value) < 0) throw new InputError("Under Settings, give seconds as a number from 0.");
    return value === "" ? null : Number(value);
  }

  show() {
    const { micro, macro } = thresholds(this.known, this.strictness);
    this.at("required").textContent =
      `confidence asked for: micro ${micro.toFixed(2)}, macro ${macro.toFixed(2)}`;
  }
}
