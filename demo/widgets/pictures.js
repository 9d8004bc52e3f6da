// Pictures as the addresses of <img>: bitmaps made in arrays of our own, since some browsers falsify what is read from a canvas.
const HEADER = 54, COLOURS = 256;

const GREY = palette((value) => [value, value, value]);
// Of a signed change: what is painted too much in red, what is left out in cyan.
const CHANGE = palette((value) => [Math.max(value - 128, 0), ...Array(2).fill(Math.max(128 - value, 0))].map((part) => Math.min(2 * part, 255)));

// The colours of all bytes as a bitmap has them: blue, green, red, nothing.
function palette(colour) {
  return Uint8Array.from(Array.from({ length: COLOURS }, (_, value) => [...colour(value).reverse(), 0]).flat());
}

// Rows of bytes, as an image of 256 colours.
function bitmap(bytes, width, height, colours) {
  const row = (width + 3) & ~3, start = HEADER + 4 * COLOURS, file = new Uint8Array(start + row * height), view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);  // BM
  [[2, file.length], [10, start], [14, 40], [18, width], [22, -height], [26, 1 | (8 << 16)]].forEach(([at, value]) => view.setInt32(at, value, true));
  file.set(colours, HEADER);
  for (let y = 0; y < height; y++) file.set(bytes.subarray(y * width, (y + 1) * width), start + y * row);
  let text = "";
  // With `...` it takes eight times as long.
  for (let at = 0; at < file.length; at += 8192) text += String.fromCharCode.apply(null, file.subarray(at, at + 8192));
  return `data:image/bmp;base64,${btoa(text)}`;
}

// `from` with a function takes ten times as long.
function toBytes(values) {
  const bytes = new Uint8ClampedArray(values.length);  // which round
  for (let i = 0; i < values.length; i++) bytes[i] = 255 * values[i];
  return bytes;
}

// A square picture of values in [0, 1].
export function source(image) {
  const side = Math.sqrt(image.length);
  return bitmap(toBytes(image), side, side, GREY);
}

export function difference(x, xHat) {
  const side = Math.sqrt(x.length);
  const bytes = new Uint8ClampedArray(x.length);
  for (let i = 0; i < x.length; i++) bytes[i] = 128 + 127.5 * (xHat[i] - x[i]);
  return bitmap(bytes, side, side, CHANGE);
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
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const digit = (code) => (code & 15) + 9 * (code >> 6);
export const hexOf = (bytes) => bytes.reduce((hex, byte) => hex + HEX[byte], "");
export function bytesOf(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * digit(hex.charCodeAt(2 * i)) + digit(hex.charCodeAt(2 * i + 1));
  return bytes;
}

// The pad's picture, a byte a pixel, as values in [0, 1].
export const fromHex = (hex) => new Float32Array(bytesOf(hex)).map((byte) => byte / 255);
export const toHex = (image) => hexOf(toBytes(image));
