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

/** Of every place along a side its first source, how many it has, and their shares: means where the side shrinks. */
function sources(from, to) {
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const shares = [];
  const step = from / to;
  for (let place = 0; place < to; place += 1) {
    if (step >= 1) {
      const [begin, end] = [place * step, Math.min((place + 1) * step, from)];
      first[place] = Math.floor(begin + 1e-9);
      for (let source = first[place]; source < end - 1e-9; source += 1, count[place] += 1) {
        shares.push((Math.min(end, source + 1) - Math.max(begin, source)) / (end - begin));
      }
    } else {
      const at = Math.min(Math.max((place + 0.5) * step - 0.5, 0), from - 1);
      first[place] = Math.min(Math.floor(at), Math.max(from - 2, 0));
      count[place] = from > 1 ? 2 : 1;
      shares.push(...(from > 1 ? [1 - (at - first[place]), at - first[place]] : [1]));
    }
  }
  return { first, count, shares: Float32Array.from(shares) };
}

/** The whole number that stands for a sum of so many: OpenCV rounds a half of four up, and else to the even number. */
export function meanOf(sum, count) {
  return count === 4 ? (sum + 2) >> 2 : sum / count;
}

/**
 * A picture of another size: each pixel the mean over its area where it shrinks, interpolated where it grows.
 *
 * With `rounded`, of whole numbers again.
 */
export function resize(picture, width, height, rounded = picture.data instanceof Uint8ClampedArray) {
  const { data, channels } = picture;
  const across = sources(picture.width, width);
  const down = sources(picture.height, height);
  const line = width * channels;
  const rows = new Float32Array(picture.height * line);
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0, at = 0; x < width; x += 1) {
      let from = (y * picture.width + across.first[x]) * channels;
      const to = y * line + x * channels;
      for (let part = 0; part < across.count[x]; part += 1, at += 1, from += channels) {
        const share = across.shares[at];
        for (let channel = 0; channel < channels; channel += 1) rows[to + channel] += share * data[from + channel];
      }
    }
  }
  const result = new (rounded ? Uint8ClampedArray : Float32Array)(height * line);
  const sum = new Float32Array(line);
  const halved = rounded && 2 * width === picture.width && 2 * height === picture.height;
  for (let y = 0, at = 0; y < height; y += 1) {
    sum.fill(0);
    for (let part = 0; part < down.count[y]; part += 1, at += 1) {
      const from = (down.first[y] + part) * line;
      for (let i = 0; i < line; i += 1) sum[i] += down.shares[at] * rows[from + i];
    }
    if (halved) for (let i = 0; i < line; i += 1) sum[i] = meanOf(4 * sum[i], 4);
    result.set(sum, y * line);
  }
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

/** Where a place beyond the edge is taken from: mirrored at the last pixel, or, `twice`, between it and the next. */
export function mirrored(place, length, twice = false) {
  while (place < 0 || place >= length) {
    if (place < 0) place = twice ? -1 - place : -place;
    else place = (twice ? 2 * length - 1 : 2 * length - 2) - place;
  }
  return place;
}

/** A picture filtered by one symmetric kernel along its rows, then along its columns; mirrored at its edge pixels. */
export function filter(picture, kernel) {
  const { data, width, height, channels } = picture;
  const reach = (kernel.length - 1) / 2;
  const line = width * channels;
  const padded = new Float32Array((width + 2 * reach) * channels);
  const rows = new Float32Array(data.length);
  const result = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = -reach; x < width + reach; x += 1) {
      const from = y * line + mirrored(x, width) * channels;
      for (let channel = 0; channel < channels; channel += 1) {
        padded[(x + reach) * channels + channel] = data[from + channel];
      }
    }
    const middle = reach * channels;
    for (let i = 0; i < line; i += 1) rows[y * line + i] = kernel[reach] * padded[i + middle];
    // of a symmetric kernel two taps at a time
    for (let tap = 0; tap < reach; tap += 1) {
      const weight = kernel[tap];
      const before = tap * channels;
      const after = (2 * reach - tap) * channels;
      for (let i = 0; i < line; i += 1) rows[y * line + i] += weight * (padded[i + before] + padded[i + after]);
    }
  }
  for (let y = 0; y < height; y += 1) {
    const to = y * line;
    for (let i = 0; i < line; i += 1) result[to + i] = kernel[reach] * rows[to + i];
    for (let tap = 0; tap < reach; tap += 1) {
      const weight = kernel[tap];
      const before = mirrored(y + tap - reach, height) * line;
      const after = mirrored(y + reach - tap, height) * line;
      for (let i = 0; i < line; i += 1) result[to + i] += weight * (rows[before + i] + rows[after + i]);
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
