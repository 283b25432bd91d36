// Finding and following the largest face through a film.

import { sideOf } from "./detector.js";
import { PRESENCE_THRESHOLD, boxOf } from "./mesh.js";

const LOOK_AROUND = 1.0; // seconds from one detection to the next while a face is followed
const SEARCH = 0.2; // the same while none is
const LARGE_STEP = 0.05; // of the face's side: after such a step the mesh is fitted again

export function centreOf(box) {
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

function samePlace(one, other) {
  const [x, y] = [0, 1].map((axis) =>
    Math.max(Math.min(one[2 + axis], other[2 + axis]) - Math.max(one[axis], other[axis]), 0));
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  return x * y > 0.3 * Math.min(area(one), area(other));
}

/** Landmarks of one face, frame by frame: the mesh follows it, and the detector looks around now and then. */
export class FaceFinder {
  constructor(detector, mesh) {
    this.detector = detector;
    this.mesh = mesh;
    this.last = null; // landmarks where the face was seen last
    this.lost = true;
    this.bystanders = []; // boxes of faces that are not followed
    this.looked = -Infinity;
    this.count = 0; // faces in the picture when it was looked at last
    this.most = 0; // at any time
  }

  /** Landmarks of the face in a picture, null where it is not there. */
  async locate(picture, time) {
    let landmarks = this.lost ? null : await this.follow(picture);
    this.lost = landmarks === null;
    if (time - this.looked >= (landmarks ? LOOK_AROUND : SEARCH) || time < this.looked) {
      this.looked = time;
      landmarks = await this.lookAround(picture, landmarks);
      this.most = Math.max(this.most, this.count);
    }
    if (landmarks) {
      this.last = landmarks;
      this.lost = false;
    }
    return landmarks;
  }

  /** The frames have another size from now on. */
  resize(across, down) {
    this.last = this.last?.map((value, i) => value * (i % 2 ? down : across)) ?? null;
    this.bystanders = this.bystanders.map((box) => box.map((value, i) => value * (i % 2 ? down : across)));
    this.lost = true;
    this.looked = -Infinity;
  }

  async follow(picture) {
    let { landmarks, presence } = await this.mesh.refit(picture, this.last);
    if (presence < PRESENCE_THRESHOLD) return null;
    let [x, y] = [0, 0];
    for (let i = 0; i < landmarks.length; i += 2) {
      x += (2 * (landmarks[i] - this.last[i])) / landmarks.length;
      y += (2 * (landmarks[i + 1] - this.last[i + 1])) / landmarks.length;
    }
    if (Math.hypot(x, y) > LARGE_STEP * sideOf(boxOf(landmarks))) {
      ({ landmarks, presence } = await this.mesh.refit(picture, landmarks));
    }
    return presence >= PRESENCE_THRESHOLD ? landmarks : null;
  }

  async lookAround(picture, landmarks) {
    const detected = await this.detector.detect(picture);
    if (landmarks) {
      const strangers = detected.filter((face) => !samePlace(face.box, boxOf(landmarks)));
      this.bystanders = strangers.map((face) => face.box);
      this.count = 1 + strangers.length;
      return landmarks;
    }
    const confirmed = [];
    for (const face of detected) {
      const fit = await this.mesh.find(picture, face);
      if (fit.presence >= PRESENCE_THRESHOLD) confirmed.push({ ...face, landmarks: fit.landmarks });
    }
    this.count = confirmed.length;
    const chosen = this.last ? this.again(confirmed) : confirmed[0];
    this.bystanders = confirmed.filter((face) => face !== chosen).map((face) => face.box);
    return chosen?.landmarks ?? null;
  }

  /** The face that was lost, among those that did not sit beside it. */
  again(confirmed) {
    const [x, y] = centreOf(boxOf(this.last));
    const far = ({ box }) => Math.hypot(centreOf(box)[0] - x, centreOf(box)[1] - y);
    const free = confirmed.filter((face) => !this.bystanders.some((box) => samePlace(face.box, box)));
    return free.sort((one, other) => far(one) - far(other))[0];
  }
}
