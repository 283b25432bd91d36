// Finding faces in a picture, with the MediaPipe short-range face detector.

import { resize } from "./picture.js";

const INPUT_SIZE = 128;
const CELLS = [[16, 2], [8, 6]]; // cells along a side, anchors per cell
const SCORE_THRESHOLD = 0.5;
const SURE_SCORE = 0.75;
const UPRIGHT_SCORE = 0.8;
const OVERLAP_THRESHOLD = 0.3;
const ZOOMS = [1, 0.5, 2]; // the whole picture; smaller, for a face that fills it; in parts, for a small face
const ANCHORS = CELLS.flatMap(([cells, repeats]) => {
  const centres = Array.from({ length: cells }, (_, i) => ((i + 0.5) * INPUT_SIZE) / cells);
  return centres.flatMap((y) => centres.flatMap((x) => Array.from({ length: repeats }, () => [x, y])));
});

/** Finds faces: { box: [left, top, right, bottom], score, keypoints: eight numbers }, the largest first. */
export class FaceDetector {
  /** `network` takes a picture of 128x128 as real numbers and gives regressors and classificators. */
  constructor(network) {
    this.network = network;
  }

  async detect(picture) {
    let found = await this.search(picture);
    if (!found.some((row) => row[0] > UPRIGHT_SCORE)) {
      const turned = await this.search(upsideDown(picture));
      found = better(found, turned.map((row) => turnedBack(row, picture)));
    }
    const faces = found.map(([score, x, y, width, height, ...keypoints]) => ({
      box: [x - width / 2, y - height / 2, x + width / 2, y + height / 2],
      score,
      keypoints,
    }));
    return faces.sort((one, other) => sideOf(other.box) - sideOf(one.box));
  }

  /** Rows of score, centre, extent and six key points of the faces in a picture, held as it is. */
  async search(picture) {
    const found = [];
    for (const zoom of ZOOMS) {
      const candidates = await this.candidates(picture, zoom);
      found.push(...candidates);
      if (candidates.some((row) => row[0] > SURE_SCORE)) break;
    }
    return merge(found);
  }

  async candidates(picture, zoom) {
    const scale = (zoom * INPUT_SIZE) / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, evenRound(side * scale)));
    const small = resize(picture, width, height, true);
    const found = [];
    for (const top of offsets(height)) {
      for (const left of offsets(width)) {
        found.push(...(await this.run(canvas(small, left, top), left, top)));
      }
    }
    // positions go from the edge of the picture to the centre of its first pixel, extents do not
    const [x, y] = [picture.width / width, picture.height / height];
    return found.map((row) =>
      row.map((value, i) => (i === 0 ? value : value * (i % 2 ? x : y) - (i === 3 || i === 4 ? 0 : 0.5))));
  }

  async run(input, left, top) {
    const [values, logits] = await this.network(input);
    const found = [];
    ANCHORS.forEach((anchor, number) => {
      const score = 1 / (1 + Math.exp(-logits[number]));
      if (score <= SCORE_THRESHOLD) return;
      const row = [score];
      for (let i = 0; i < 16; i += 1) {
        const extent = i === 2 || i === 3;
        const corner = i % 2 ? top : left;
        row.push(values[16 * number + i] + (extent ? 0 : anchor[i % 2] + corner));
      }
      found.push(row);
    });
    return found;
  }
}

export function sideOf(box) {
  return Math.max(box[2] - box[0], box[3] - box[1], 1);
}

function evenRound(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

/** Where windows of the network's size start along a picture: centred when one is enough. */
function offsets(length) {
  if (length <= INPUT_SIZE) return [-Math.floor((INPUT_SIZE - length) / 2)];
  const count = 1 + Math.ceil((length - INPUT_SIZE) / (INPUT_SIZE / 2));
  return Array.from({ length: count }, (_, i) => Math.floor((i * (length - INPUT_SIZE)) / (count - 1)));
}

/** What the network sees of a picture, from -1 to 1; 0 beside it. */
function canvas(picture, left, top) {
  const input = new Float32Array(INPUT_SIZE * INPUT_SIZE * 3);
  for (let y = Math.max(-top, 0); y < INPUT_SIZE && y + top < picture.height; y += 1) {
    for (let x = Math.max(-left, 0); x < INPUT_SIZE && x + left < picture.width; x += 1) {
      const from = ((y + top) * picture.width + x + left) * picture.channels;
      const to = (y * INPUT_SIZE + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) input[to + channel] = picture.data[from + channel] / 127.5 - 1;
    }
  }
  return input;
}

/** Each group of overlapping candidates becomes their mean, weighted by score, with the best score. */
function merge(candidates) {
  let rest = [...candidates].sort((one, other) => other[0] - one[0]);
  const merged = [];
  while (rest.length) {
    const [first] = rest;
    const group = rest.filter((row) => row === first || overlap(first, row) > OVERLAP_THRESHOLD);
    const total = group.reduce((sum, row) => sum + row[0], 0);
    merged.push(first.map((score, i) => (i ? group.reduce((sum, row) => sum + row[0] * row[i], 0) / total : score)));
    rest = rest.filter((row) => !group.includes(row));
  }
  return merged;
}

function upsideDown({ data, width, height, channels }) {
  const turned = new data.constructor(data.length);
  for (let from = 0, to = data.length - channels; to >= 0; from += channels, to -= channels) {
    for (let channel = 0; channel < channels; channel += 1) turned[to + channel] = data[from + channel];
  }
  return { data: turned, width, height, channels };
}

function turnedBack(row, picture) {
  const far = [picture.width - 1, picture.height - 1];
  return row.map((value, i) => (i === 0 || i === 3 || i === 4 ? value : far[(i + 1) % 2] - value));
}

/** Of each face that was found both ways the row with the better score, and all the others. */
function better(found, turned) {
  const same = (one, other) => overlap(one, other) > OVERLAP_THRESHOLD;
  const surer = turned.filter((row) => !found.some((other) => same(row, other) && other[0] >= row[0]));
  return [...found.filter((row) => !surer.some((other) => same(row, other))), ...surer];
}

/** Intersection over union of the boxes of two candidates. */
function overlap(one, other) {
  const along = (axis) => {
    const low = Math.max(one[1 + axis] - one[3 + axis] / 2, other[1 + axis] - other[3 + axis] / 2);
    const high = Math.min(one[1 + axis] + one[3 + axis] / 2, other[1 + axis] + other[3 + axis] / 2);
    return Math.max(high - low, 0);
  };
  const common = along(0) * along(1);
  return common / Math.max(one[3] * one[4] + other[3] * other[4] - common, 1e-9);
}
