// A course in even steps of time, whatever the rate of the frames.

const ROUNDING = 1e-6; // seconds
const PARTS = ["position", "maps", "pair_logits"];

/** Takes the frames of a stretch as they come, and gives a step, the mean of the frames around it, every `step` s. */
export class Steps {
  constructor(step) {
    this.step = step;
    this.clear();
  }

  clear() {
    this.frames = [];
    this.begin = null;
    this.count = 0;
  }

  /** Takes the next frame, { time, position, maps, pair_logits }; gives the steps that no later frame belongs to. */
  push(frame) {
    this.begin ??= frame.time;
    this.frames.push(frame);
    return this.ready(frame.time);
  }

  /** The stretch is over: the steps up to its last frame. */
  finish() {
    const steps = this.ready(Infinity, this.frames.at(-1)?.time ?? -Infinity);
    this.clear();
    return steps;
  }

  ready(now, last = Infinity) {
    const steps = [];
    while (this.frames.length) {
      const time = this.begin + this.count * this.step;
      if (time > Math.min(now, last) + ROUNDING) break;
      const reach = Math.max(this.step, this.gap(time));
      if (now < time + reach - ROUNDING) break;
      steps.push(this.mean(time, reach));
      this.count += 1;
      while (this.frames.length > 2 && this.frames[1].time <= time - reach) this.frames.shift();
    }
    return steps;
  }

  /** Seconds between the frames before and after a time; 0 where one of them is missing. */
  gap(time) {
    const before = this.frames.filter((frame) => frame.time <= time + ROUNDING).at(-1);
    const after = this.frames.find((frame) => frame.time > time + ROUNDING);
    return before && after ? after.time - before.time : 0;
  }

  mean(time, reach) {
    const weights = this.frames.map((frame) => Math.max(1 - Math.abs(frame.time - time) / reach, 0));
    let total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total < ROUNDING) {
      weights[weights.length - 1] = 1; // the last frame, by rounding
      total = weights.reduce((sum, weight) => sum + weight, 0);
    }
    const mean = { time };
    for (const part of PARTS) {
      mean[part] = new Float32Array(this.frames[0][part].length);
      this.frames.forEach((frame, number) => {
        const share = weights[number] / total;
        if (share > 0) frame[part].forEach((value, i) => { mean[part][i] += share * value; });
      });
    }
    return mean;
  }
}
