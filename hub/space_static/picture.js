// Pictures and planes of numbers: grey levels, averages over areas, Gaussian filters, as OpenCV defines them.
//
// A picture is { data, width, height, channels }, its rows one after the other; a plane is the same with one channel
// and float32 numbers.

/** A plane of zeros, or of given numbers. */
export function plane(width, height, data = new Float32Array(width * height)) {
  return { data, width, height, channels: 1 };
}

/** RGB of a picture that may have a fourth channel. */
export function asRgb(picture) {
  if (picture.channels === 3) return picture;
  const { data, width, height } = picture;
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + 1];
    rgb[to + 2] = data[from + 2];
  }
  return { data: rgb, width, height, channels: 3 };
}

/** Grey levels of an RGB picture of whole numbers, rounded as OpenCV rounds them. */
export function grey(picture) {
  const { data, width, height, channels } = picture;
  const levels = plane(width, height);
  for (let to = 0, from = 0; to < levels.data.length; to += 1, from += channels) {
    levels.data[to] = (data[from] * 9798 + data[from + 1] * 19235 + data[from + 2] * 3735 + 16384) >> 15;
  }
  return levels;
}

/** Grey levels of an RGB picture of real numbers. */
export function realGrey(picture) {
  const { data, width, height } = picture;
  const levels = plane(width, height);
  for (let to = 0, from = 0; to < levels.data.length; to += 1, from += 3) {
    levels.data[to] = 0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2];
  }
  return levels;
}

/** Which sources, and how much of each, make up every place along a side that is scaled down. */
function shares(from, to) {
  const step = from / to;
  return Array.from({ length: to }, (_, place) => {
    const begin = place * step;
    const end = Math.min(begin + step, from);
    const parts = [];
    for (let source = Math.floor(begin + 1e-9); source < end - 1e-9; source += 1) {
      const part = Math.min(end, source + 1) - Math.max(begin, source);
      if (part > 1e-9) parts.push([source, part / (end - begin)]);
    }
    return parts;
  });
}

/** Which two sources make up every place along a side that is scaled up, by linear interpolation. */
function neighbours(from, to) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(Math.max(((place + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.min(Math.floor(at), Math.max(from - 2, 0));
    return from === 1 ? [[0, 1]] : [[low, 1 - (at - low)], [low + 1, at - low]];
  });
}

/**
 * A picture of another size: each pixel the mean over its area where it shrinks, interpolated where it grows.
 *
 * With `rounded`, of whole numbers again.
 */
export function resize(picture, width, height, rounded = picture.data instanceof Uint8ClampedArray) {
  const { data, channels } = picture;
  const weigh = width <= picture.width && height <= picture.height ? shares : neighbours;
  const across = weigh(picture.width, width);
  const rows = new Float32Array(picture.height * width * channels);
  for (let y = 0; y < picture.height; y += 1) {
    const row = y * picture.width * channels;
    for (let x = 0; x < width; x += 1) {
      const to = (y * width + x) * channels;
      for (const [source, share] of across[x]) {
        const from = row + source * channels;
        for (let channel = 0; channel < channels; channel += 1) rows[to + channel] += share * data[from + channel];
      }
    }
  }
  const result = rounded ? new Uint8ClampedArray(width * height * channels) : new Float32Array(width * height * channels);
  const sum = new Float32Array(width * channels);
  weigh(picture.height, height).forEach((parts, y) => {
    sum.fill(0);
    for (const [source, share] of parts) {
      const from = source * width * channels;
      for (let i = 0; i < sum.length; i += 1) sum[i] += share * rows[from + i];
    }
    result.set(sum, y * width * channels);
  });
  return { data: result, width, height, channels };
}

/** A part of a picture, from a left and upper corner on. */
export function cut(picture, left, top, width, height) {
  const { data, channels } = picture;
  const part = new data.constructor(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * picture.width + left) * channels;
    part.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { data: part, width, height, channels };
}

/** Where a place beyond the edge is taken from: mirrored at the last pixel, or between it and the next (`twice`). */
function mirrored(place, length, twice) {
  while (place < 0 || place >= length) {
    if (place < 0) place = twice ? -1 - place : -place;
    else place = twice ? 2 * length - 1 - place : 2 * length - 2 - place;
  }
  return place;
}

/** A picture filtered by one symmetric kernel along its rows, then along its columns. */
export function filter(picture, kernel, twice = false) {
  const { data, width, height, channels } = picture;
  const reach = (kernel.length - 1) / 2;
  const line = width * channels;
  const padded = new Float32Array((width + 2 * reach) * channels);
  const rows = new Float32Array(data.length);
  const result = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = -reach; x < width + reach; x += 1) {
      const from = y * line + mirrored(x, width, twice) * channels;
      for (let channel = 0; channel < channels; channel += 1) {
        padded[(x + reach) * channels + channel] = data[from + channel];
      }
    }
    for (let tap = 0; tap < kernel.length; tap += 1) {
      const weight = kernel[tap];
      const shift = tap * channels;
      for (let i = 0; i < line; i += 1) rows[y * line + i] += weight * padded[i + shift];
    }
  }
  for (let y = 0; y < height; y += 1) {
    for (let tap = 0; tap < kernel.length; tap += 1) {
      const weight = kernel[tap];
      const from = mirrored(y + tap - reach, height, twice) * line;
      for (let i = 0; i < line; i += 1) result[y * line + i] += weight * rows[from + i];
    }
  }
  return { data: result, width, height, channels };
}

/** A Gaussian kernel, as long as OpenCV makes it for real numbers. */
export function gaussian(deviation) {
  const length = Math.round(deviation * 8 + 1) | 1;
  const middle = (length - 1) / 2;
  const kernel = Float64Array.from({ length }, (_, i) => Math.exp(-((i - middle) ** 2) / (2 * deviation ** 2)));
  const total = kernel.reduce((sum, value) => sum + value, 0);
  return kernel.map((value) => value / total);
}
