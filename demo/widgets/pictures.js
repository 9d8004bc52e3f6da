// Pictures as the addresses of <img>: bitmaps made in arrays of our own, since some browsers falsify what is read from a canvas.
const HEADER = 54, COLOURS = 256;

const GREY = (value) => [value, value, value];
// Of a signed change: what is painted too much in red, what is left out in cyan.
const CHANGE = (value) => [Math.max(value - 128, 0), ...Array(2).fill(Math.max(128 - value, 0))].map((part) => Math.min(2 * part, 255));

// Rows of bytes, as an image of 256 colours.
function bitmap(bytes, width, height, colour) {
  const row = (width + 3) & ~3, start = HEADER + 4 * COLOURS, file = new Uint8Array(start + row * height), view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);  // BM
  [[2, file.length], [10, start], [14, 40], [18, width], [22, -height], [26, 1 | (8 << 16)]].forEach(([at, value]) => view.setInt32(at, value, true));
  for (let i = 0; i < COLOURS; i++) file.set(colour(i).reverse(), HEADER + 4 * i);
  for (let y = 0; y < height; y++) file.set(bytes.subarray(y * width, (y + 1) * width), start + y * row);
  let text = "";
  for (let at = 0; at < file.length; at += 8192) text += String.fromCharCode(...file.subarray(at, at + 8192));
  return `data:image/bmp;base64,${btoa(text)}`;
}

const toBytes = (values) => Uint8ClampedArray.from(values, (value) => 255 * value);  // which rounds

// A square picture of values in [0, 1].
export function source(image) {
  const side = Math.sqrt(image.length);
  return bitmap(toBytes(image), side, side, GREY);
}

export function difference(x, xHat) {
  const side = Math.sqrt(x.length);
  return bitmap(Uint8ClampedArray.from(x, (value, i) => 128 + 127.5 * (xHat[i] - value)), side, side, CHANGE);
}

// Pictures one after another as one picture, in rows, with a gap between and around them, as shapevae.images.write.grid.
export function grid(images, side, columns = 0, gap = 2) {
  const count = images.length / side ** 2, step = side + gap;
  columns ||= Math.ceil(Math.sqrt(count));
  const width = columns * step + gap, height = Math.ceil(count / columns) * step + gap;
  const sheet = new Uint8ClampedArray(width * height).fill(128), bytes = toBytes(images);
  for (let i = 0; i < count; i++) {
    const left = gap + (i % columns) * step, top = gap + ((i / columns) | 0) * step;
    for (let y = 0; y < side; y++) sheet.set(bytes.subarray((i * side + y) * side, (i * side + y + 1) * side), (top + y) * width + left);
  }
  return bitmap(sheet, width, height, GREY);
}

// Bytes as two hex digits each, and back.
export const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const bytesOf = (hex) => Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));

// The pad's picture, a byte a pixel, as values in [0, 1].
export const fromHex = (hex) => Float32Array.from(bytesOf(hex), (byte) => byte / 255);
export const toHex = (image) => hexOf(toBytes(image));
