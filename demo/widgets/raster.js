// Strokes as brightness, in arrays of our own: some browsers falsify what is read back from a canvas.
import { bytesOf, hexOf } from "./pictures.js";

export const SIDE = 256, SIZE = 64;
const RADIUS = 5.5;  // pixels of the pad, of the models' pictures; half the pen's width

// Strokes, lists of [x, y], as SIDE × SIDE bytes: lines with round ends, and, where `filled`, what they wind around.
export function rasterised(strokes, filled) {
  const ink = new Uint8ClampedArray(SIDE * SIDE);
  for (const points of strokes) {
    if (filled) fill(ink, points);
    points.forEach((point, i) => line(ink, points[Math.max(i - 1, 0)], point));
  }
  return ink;
}

// The inside by its winding number, with the last point joined to the first.
function fill(ink, points) {
  const rows = Array.from({ length: SIDE }, () => []);
  points.forEach(([x, y], i) => {
    const [u, v] = points[(i + 1) % points.length], last = Math.min(Math.max(y, v) - 0.5, SIDE);
    for (let row = Math.max(Math.ceil(Math.min(y, v) - 0.5), 0); row < last; row++)
      rows[row].push([x + ((row + 0.5 - y) * (u - x)) / (v - y), v > y ? 1 : -1]);
  });
  rows.forEach((crossings, row) => {
    let winding = 0, from = 0;
    for (const [x, way] of crossings.sort(([a], [b]) => a - b)) {
      const to = Math.min(Math.max(Math.round(x), 0), SIDE);
      if (winding) ink.fill(255, row * SIDE + from, row * SIDE + to);
      winding += way;
      from = to;
    }
  });
}

// All within RADIUS of a line from [x, y] to [u, v].
function line(ink, [x, y], [u, v]) {
  const within = (at) => Math.min(Math.max(at, 0), SIDE), [dx, dy] = [u - x, v - y], square = dx * dx + dy * dy || 1;
  const [left, right] = [Math.min(x, u) - RADIUS - 1, Math.max(x, u) + RADIUS + 1].map(within);
  const [top, bottom] = [Math.min(y, v) - RADIUS - 1, Math.max(y, v) + RADIUS + 1].map(within);
  for (let row = Math.floor(top); row < bottom; row++)
    for (let column = Math.floor(left); column < right; column++) {
      const [p, q] = [column + 0.5 - x, row + 0.5 - y], along = Math.min(Math.max((p * dx + q * dy) / square, 0), 1);
      const value = 255 * (RADIUS + 0.5 - Math.sqrt((p - along * dx) ** 2 + (q - along * dy) ** 2));
      if (value > ink[row * SIDE + column]) ink[row * SIDE + column] = value;
    }
}

// SIDE × SIDE bytes from the hex of SIZE × SIZE, and back by the mean.
export function enlarged(hex) {
  const times = SIDE / SIZE, small = bytesOf(hex);
  return Uint8ClampedArray.from({ length: SIDE * SIDE }, (_, i) => small[((i / SIDE / times) | 0) * SIZE + (((i % SIDE) / times) | 0)]);
}

export function reduced(ink) {
  const times = SIDE / SIZE, sums = new Uint32Array(SIZE * SIZE);
  for (let y = 0, i = 0; y < SIDE; y++)
    for (let row = ((y / times) | 0) * SIZE, x = 0; x < SIZE; x++)
      for (let j = 0; j < times; j++, i++) sums[row + x] += ink[i];
  return hexOf(sums.map((sum) => Math.round(sum / times ** 2)));
}

export function asImage(ink) {
  const pixels = new Uint32Array(ink.length);
  for (let i = 0; i < ink.length; i++) pixels[i] = 0xff000000 | (ink[i] * 0x10101);
  return new ImageData(new Uint8ClampedArray(pixels.buffer), SIDE);
}
