// The frames of a film that lies on the visitor's computer.

import { Colours, coloursOf } from "./colours.js";
import { InputError } from "./errors.js";

const ROUNDING = 1e-6; // seconds
const OTHERWISE = "convert it to MP4 with H.264, or use “micron-bert spot” on your computer";

/**
 * A film that was opened: { fps, duration, frames(start, end) }; frames are { picture, canvas, time, index }, those
 * with start <= time < end.
 */
export async function openFilm(file) {
  if (typeof VideoDecoder === "undefined") {
    throw new InputError("This browser cannot take a film apart; use a newer one, such as Firefox 130 or Safari 16.4.");
  }
  if (!file.size) throw new InputError(`“${file.name}” is empty; choose another film.`);
  if (file.type.startsWith("image/")) {
    throw new InputError(`“${file.name}” is a picture, in which nothing moves; choose a film.`);
  }
  const { ALL_FORMATS, BlobSource, Input, VideoSampleSink } = await import("./libraries/mediabunny.js");
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  let track;
  let decodable = false;
  try {
    track = await input.getPrimaryVideoTrack();
    decodable = Boolean(track) && (await track.canDecode());
  } catch {
    throw new InputError(`“${file.name}” is no film that a browser can read; ${OTHERWISE}.`);
  }
  if (!track) throw new InputError(`“${file.name}” holds no pictures, only sound; choose a film.`);
  if (!decodable) {
    throw new InputError(`This browser cannot decode “${file.name}” (${track.codec ?? "unknown codec"}); ${OTHERWISE}.`);
  }
  const { averagePacketRate } = await track.computePacketStats(200);
  const config = await track.getDecoderConfig();
  const colours = new Colours(coloursOf(config));
  track.getDecoderConfig = async () => ({ ...config, colorSpace: coloursOf(config) }); // for what is drawn
  const [width, height] = [track.displayWidth, track.displayHeight];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  /** The picture of a frame, which then is on the canvas too. */
  async function take(sample) {
    const frame = sample.toVideoFrame();
    const picture = await colours.convert(frame, track.rotation);
    frame.close();
    if (picture?.width === width && picture.height === height) {
      context.putImageData(new ImageData(picture.data, width, height), 0, 0);
      return picture;
    }
    sample.draw(context, 0, 0, width, height);
    return pictureOf(context);
  }

  async function* frames(start = 0, end = Infinity) {
    let index = 0;
    try {
      const begin = start > 0 ? start : undefined; // a film may begin before 0
      for await (const sample of new VideoSampleSink(track).samples(begin, end)) {
        if (sample.timestamp < start - ROUNDING && begin) {
          sample.close(); // the frame that is still in the picture at the start
          continue;
        }
        const time = sample.timestamp;
        const picture = await take(sample);
        sample.close();
        yield { picture, canvas, time, index };
        index += 1;
      }
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`“${file.name}” is damaged after ${index} frames; cut the film before, or convert it anew.`);
    }
    if (index) return;
    if (start > 0) throw new InputError(`“${file.name}” has no frames between ${start} and ${end} s; it is shorter.`);
    throw new InputError(`“${file.name}” has no frames; choose another film.`);
  }

  return { fps: averagePacketRate, duration: await track.computeDuration(), frames };
}

/** What a canvas shows, as numbers. */
export function pictureOf(context) {
  const { width, height } = context.canvas;
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}
