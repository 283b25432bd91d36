// The micro map as a tint over a picture.

const COLOUR = [230, 159, 0];
const BRIGHTEST = 150; // of 255, so that the face stays in sight

/** A picture of the patches, `grid` along a side: the more of the movement a patch has, the less it lets through. */
export function tint(microMap, grid, share = 1) {
  const pixels = new ImageData(grid, grid);
  const most = Math.max(...microMap, 1e-6);
  microMap.forEach((value, i) => pixels.data.set([...COLOUR, BRIGHTEST * share * (value / most)], 4 * i));
  return pixels;
}

/** A canvas with an aligned face { image, microMap } and its map. */
export function tintedFace({ image, microMap }) {
  const grid = Math.sqrt(microMap.length);
  const { width, height } = image;
  const face = new ImageData(width, height);
  for (let from = 0, to = 0; from < image.data.length; from += 3, to += 4) {
    face.data.set([image.data[from], image.data[from + 1], image.data[from + 2], 255], to);
  }
  const [canvas, map] = [document.createElement("canvas"), document.createElement("canvas")];
  Object.assign(map, { width: grid, height: grid }).getContext("2d").putImageData(tint(microMap, grid), 0, 0);
  const context = Object.assign(canvas, { width, height }).getContext("2d");
  context.putImageData(face, 0, 0);
  context.drawImage(map, 0, 0, width, height);
  return canvas;
}
