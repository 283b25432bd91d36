// The face of a film, aligned and registered frame by frame, in stretches that nothing interrupts.

import { compose } from "./alignment.js";
import { sideOf } from "./detector.js";
import { centreOf } from "./finder.js";
import { boxOf } from "./mesh.js";
import { CropStream, RegistrationChain, rootMeanSquare } from "./stream.js";

const LARGEST_JUMP = 0.3; // of the face's side from one frame to the next; beyond is a cut
const LARGEST_DRIFT = 0.06; // of the crop's side, by which registration may lead away from the landmarks
const SAME_FACE = 0.6; // correlation after registration: two persons reach 0.5 at most

/** One face; what comes out are crops of [`CropStream`] with `stretch`, `gain` and `correlation`. */
export class FaceTrack {
  constructor(size) {
    this.size = size;
    this.stretch = 0;
    this.crops = this.chain = this.last = null;
  }

  /** Takes the next frame, with null for landmarks where the face is not in it; yields what became ready. */
  *push(frame) {
    if (!frame.landmarks || (this.last && jumped(this.last, frame.landmarks))) yield* this.interrupt();
    this.last = frame.landmarks;
    if (!frame.landmarks) return;
    this.crops ??= new CropStream(this.size);
    yield* this.cutOut(frame);
  }

  /** Ends the stretch; yields what still waited. */
  *interrupt() {
    while (this.crops) {
      const stream = this.crops;
      let changed = false;
      for (const crop of stream.finish()) {
        yield* this.register(crop);
        changed = this.crops !== stream;
        if (changed) break;
      }
      if (!changed) this.crops = null;
    }
    this.chain = this.last = null;
  }

  *cutOut(frame) {
    const crop = this.crops.push(frame);
    if (crop) yield* this.register(crop);
  }

  *register(crop) {
    if (!this.chain) {
      this.chain = new RegistrationChain(crop.image);
      this.stretch += 1;
      yield { ...crop, stretch: this.stretch, gain: 1, correlation: 1 };
      return;
    }
    const result = this.chain.register(crop.image);
    const drift = rootMeanSquare(result.matrix, this.size);
    if (result.correlation < SAME_FACE || drift > LARGEST_DRIFT * this.size) {
      // another face: what came since is cut out again, on a path of its own
      const frames = this.crops.waiting();
      this.crops = new CropStream(this.size);
      this.chain = null;
      for (const { place, index, time, picture, landmarks } of frames) {
        yield* this.cutOut({ place, index, time, picture, landmarks });
      }
      return;
    }
    const transform = compose(result.matrix, crop.transform);
    const { gain, correlation } = result;
    yield { ...crop, image: result.frame, transform, stretch: this.stretch, gain, correlation };
  }
}

/** Whether a face moved further, or grew more, than heads do from one frame to the next. */
function jumped(before, after) {
  const [one, other] = [boxOf(before), boxOf(after)];
  const [[x, y], [u, v]] = [centreOf(one), centreOf(other)];
  const step = Math.hypot(u - x, v - y) / sideOf(one);
  return step > LARGEST_JUMP || Math.abs(Math.log(sideOf(other) / sideOf(one))) > LARGEST_JUMP;
}
