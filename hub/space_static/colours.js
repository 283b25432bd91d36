// From the numbers of a film, brightness and two differences of colour, to red, green and blue: as FFmpeg computes them
// for the package. A browser rounds otherwise, and of a film that does not say by which matrix it was made it takes
// another one; both would be another face, and what is told of it could be something else.

// of red by V, of blue by U, of green by U and by V, times 65536, where brightness goes from 16 to 235
const OLDER = [104597, 132201, 25675, 53279];
const MATRICES = {
  "bt709": [117489, 138438, 13975, 34925],
  "bt2020-ncl": [110013, 140363, 12277, 42626],
  "smpte170m": OLDER,
  "bt470bg": OLDER,
};
const TURNS = [0, 90, 180, 270];

/** What FFmpeg assumes where a film says nothing, and no conversion of the light itself. */
export function coloursOf({ colorSpace }) {
  const { matrix, fullRange } = colorSpace ?? {};
  return { matrix: matrix ?? "smpte170m", fullRange: fullRange ?? false, primaries: "bt709", transfer: "bt709" };
}

/** What each of 256 numbers adds: { y, redV, greenU, greenV, blueU }, in whole numbers. */
function tablesOf({ matrix, fullRange }) {
  const shares = MATRICES[matrix].map((value) => (fullRange ? Math.trunc((value * 224) / 255) : value));
  const [redV, blueU, greenU, greenV] = shares;
  const bright = fullRange ? 65536 : Math.trunc((65536 * 255) / 219);
  const table = (share, zero) => {
    const factor = (share * 8192 + 32768) >> 16;
    return Int16Array.from({ length: 256 }, (_, value) => (8 * (value - zero) * factor) >> 16);
  };
  const y = table(bright, fullRange ? 0 : 16);
  return { y, redV: table(redV, 128), greenU: table(-greenU, 128), greenV: table(-greenV, 128), blueU: table(blueU, 128) };
}

/** Makes pictures of frames; `colours` are those of [`coloursOf`]. */
export class Colours {
  constructor(colours) {
    this.tables = MATRICES[colours.matrix] ? tablesOf(colours) : null;
    this.planes = new Uint8Array(0);
  }

  /** The RGBA numbers of a `VideoFrame`, turned by so many degrees; null of a format that is not converted here. */
  async convert(frame, turn) {
    const twofold = frame.format === "NV12"; // both differences in one plane
    if (!this.tables || !TURNS.includes(turn) || !(twofold || frame.format === "I420")) return null;
    const { width, height } = frame.visibleRect;
    const size = frame.allocationSize();
    if (this.planes.length !== size) this.planes = new Uint8Array(size);
    const layout = await frame.copyTo(this.planes);
    const us = { ...layout[1], step: twofold ? 2 : 1 };
    const vs = twofold ? { ...us, offset: us.offset + 1 } : { ...layout[2], step: 1 };
    return this.fill(width, height, layout[0], us, vs, turn);
  }

  fill(width, height, ys, us, vs, turn) {
    const { planes } = this;
    const { y, redV, greenU, greenV, blueU } = this.tables;
    const picture = turn % 180 ? { width: height, height: width } : { width, height };
    const data = new Uint8ClampedArray(4 * width * height);
    // where the first pixel of the frame goes, and how far a step along its rows and its columns leads
    const begin = { 0: 0, 90: height - 1, 180: width * height - 1, 270: (width - 1) * height }[turn];
    const [across, down] = { 0: [1, width], 90: [height, -1], 180: [-1, -width], 270: [-height, 1] }[turn];
    for (let row = 0; row < height; row += 1) {
      const yRow = ys.offset + row * ys.stride;
      const uRow = us.offset + (row >> 1) * us.stride;
      const vRow = vs.offset + (row >> 1) * vs.stride;
      let to = 4 * (begin + row * down);
      for (let column = 0; column < width; column += 1, to += 4 * across) {
        const bright = y[planes[yRow + column]];
        const u = planes[uRow + (column >> 1) * us.step];
        const v = planes[vRow + (column >> 1) * vs.step];
        data[to] = bright + redV[v];
        data[to + 1] = bright + greenU[u] + greenV[v];
        data[to + 2] = bright + blueU[u];
        data[to + 3] = 255;
      }
    }
    return { data, ...picture, channels: 4 };
  }
}
