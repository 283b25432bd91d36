// The graphs of the model and of the face networks, run by ONNX Runtime.

/** What is asked of the model. */
export class Runtime {
  /**
   * `ort` is ONNX Runtime, `read(name)` gives the bytes of one of the files, and `told(share)` hears how many of the
   * graphs are ready.
   */
  static async load(ort, read, told = () => {}) {
    const runtime = new Runtime();
    runtime.ort = runtime.modelOrt = ort; // a graph takes tensors of the runtime that it was opened by
    runtime.record = JSON.parse(new TextDecoder().decode(await read("micron_bert.json")));
    const names = ["face_detector", "face_mesh", "encoder", "pair", "course"];
    for (const [place, name] of names.entries()) {
      runtime[name] = await ort.InferenceSession.create(await read(`${name}.onnx`));
      told((place + 1) / names.length);
    }
    const { record } = runtime;
    runtime.size = record.size;
    runtime.grid = record.size / record.patch_size;
    runtime.labels = record.labels;
    runtime.expressions = record.course.labels;
    runtime.back = record.course.back;
    runtime.ahead = record.course.ahead;
    return runtime;
  }

  /** The same with some of its graphs run by another ONNX Runtime, by some of its execution providers. */
  async moved(ort, read, names, executionProviders) {
    const moved = Object.assign(new Runtime(), this, { modelOrt: ort });
    for (const name of names) {
      moved[name] = await ort.InferenceSession.create(await read(`${name}.onnx`), { executionProviders, logSeverityLevel: 3 });
    }
    return moved;
  }

  /** A face network as a function from a picture's numbers to its outputs, in the order of `outputs`. */
  network(name, side, outputs) {
    const session = this[name];
    return async (numbers) => {
      const given = new this.ort.Tensor("float32", numbers, [1, side, side, 3]);
      const told = await session.run({ [session.inputNames[0]]: given });
      return outputs.map((output) => told[output].data);
    };
  }

  detectorNetwork() {
    return this.network("face_detector", 128, ["regressors", "classificators"]);
  }

  meshNetwork() {
    return this.network("face_mesh", 192, ["conv2d_21", "conv2d_31"]);
  }

  /** A crop encoded: arrays by name, with their shapes in `record`. */
  async encode(crop) {
    const { mean, deviation } = this.record;
    const count = this.size * this.size;
    const pixels = new Float32Array(3 * count);
    for (let channel = 0; channel < 3; channel += 1) {
      for (let i = 0; i < count; i += 1) {
        pixels[channel * count + i] = (crop.data[3 * i + channel] / 255 - mean[channel]) / deviation[channel];
      }
    }
    const given = new this.modelOrt.Tensor("float32", pixels, [1, 3, this.size, this.size]);
    const told = await this.encoder.run({ pixel_values: given });
    return Object.fromEntries(Object.entries(told).map(([name, tensor]) => [name, tensor.data]));
  }

  /**
   * Pairs of encoded frames, each of an earlier and a later one:
   * { logits, micro_map, interest, displacement }, an array for each pair.
   */
  async compare(pairs) {
    const given = {};
    const inputs = this.record.graphs["pair.onnx"].inputs;
    for (const [name, axes] of Object.entries(inputs)) {
      const shape = axes.slice(2);
      const length = shape.reduce((product, side) => product * side, 1);
      const numbers = new Float32Array(pairs.length * 2 * length);
      pairs.flat().forEach((frame, place) => numbers.set(frame[name], place * length));
      given[name] = new this.modelOrt.Tensor("float32", numbers, [pairs.length, 2, ...shape]);
    }
    const told = await this.pair.run(given);
    return Object.fromEntries(Object.entries(told).map(([name, { data }]) => {
      const length = data.length / pairs.length;
      return [name, pairs.map((_, place) => data.slice(place * length, (place + 1) * length))];
    }));
  }

  /** What the course head says of steps: { kind, logits, apex, ends }, an array for each step. */
  async read(steps) {
    const given = {};
    const { grid } = this;
    const shapes = {
      position: [4, grid, grid],
      maps: [2, grid, grid],
      pair_logits: [3, this.expressions.length + 1],
    };
    const last = steps[steps.length - 1].position;
    for (const [name, shape] of Object.entries(shapes)) {
      const length = steps[0][name].length;
      const numbers = new Float32Array(steps.length * length);
      steps.forEach((step, place) => numbers.set(step[name], place * length));
      // relative to the newest step: a face drifts away from the reference frame, and predictions must not follow
      if (name === "position") {
        for (let i = 0; i < numbers.length; i += 1) numbers[i] -= last[i % length];
      }
      given[name] = new this.ort.Tensor("float32", numbers, [1, steps.length, ...shape]);
    }
    const told = await this.course.run(given);
    return Object.fromEntries(Object.entries(told).map(([name, { data }]) => {
      const length = data.length / steps.length;
      return [name, steps.map((_, place) => data.slice(place * length, (place + 1) * length))];
    }));
  }
}
