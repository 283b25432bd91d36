// The course head on a stream: each step's prediction, as soon as the later steps that it depends on are there.

import { sigmoid, softmax } from "./odds.js";

/** Reads the steps of one stretch, with no more of them kept than the head looks back at. */
export class CourseReader {
  constructor(runtime) {
    this.runtime = runtime;
    this.clear();
  }

  clear() {
    this.steps = [];
    this.dropped = 0; // numbers of steps
    this.readUntil = 0;
  }

  push(steps) {
    this.steps.push(...steps);
  }

  /** The predictions { time, kind, classes, apex, onset, offset } that became available since the last call. */
  async read(finished = false) {
    const { back, ahead } = this.runtime;
    const count = this.dropped + this.steps.length;
    const until = finished ? count : count - ahead;
    if (until <= this.readUntil) return [];
    const first = this.readUntil - this.dropped;
    const told = await this.runtime.read(this.steps);
    const readings = this.steps.slice(first, until - this.dropped).map(({ time }, number) => {
      const place = first + number;
      return {
        time,
        kind: softmax(told.kind[place]),
        classes: softmax(told.logits[place]),
        apex: sigmoid(told.apex[place][0]),
        onset: time - told.ends[place][0],
        offset: time + told.ends[place][1],
      };
    });
    this.readUntil = until;
    const spare = Math.max(until - back - this.dropped, 0);
    this.steps.splice(0, spare);
    this.dropped += spare;
    return readings;
  }
}
