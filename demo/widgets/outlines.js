// Drawn outlines: closing small gaps and filling what they enclose, as shapevae/images/outlines.py does.
const GAPS = [1, 2, 3];  // half the gap of an outline that is closed, in pixels

export function fillOutline(image) {
  const side = Math.sqrt(image.length), mask = new Uint8Array(image.map((value) => Number(value > 0.5))), ink = sum(mask);
  const isOutline = (holes) => sum(holes) > ink / 2;
  let holes = holesOf(mask, side, 0);
  const filled = image.map((value, i) => (holes[i] ? 1 : value));
  if (isOutline(holes) || !isOutline(holesOf(mask, side, GAPS.at(-1)))) return filled;  // a larger gap closes no less
  for (const gap of GAPS) if (isOutline(holes = holesOf(mask, side, gap))) break;
  return filled.map((value, i) => (holes[i] ? 1 : value));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

// Beside the mask, what can't be reached from outside when it is thickened by `radius`, thinned again by as much.
function holesOf(mask, side, radius) {
  const rim = radius + 1, wide = side + 2 * rim, padded = new Uint8Array(wide * wide), holes = new Uint8Array(mask.length);
  for (let y = 0; y < side; y++) padded.set(mask.subarray(y * side, (y + 1) * side), (y + rim) * wide + rim);
  const outside = thickened(flood(thickened(padded, wide, radius), wide), wide, radius);
  for (let y = 0, i = 0; y < side; y++)
    for (let x = 0, at = (y + rim) * wide + rim; x < side; x++, i++, at++) if (!mask[i] && !outside[at]) holes[i] = 1;
  return holes;
}

// Each value with the largest within `radius` of it, across and then down.
function thickened(values, side, radius) {
  if (!radius) return values;
  const across = new Uint8Array(values.length), out = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++)
    if (values[i]) across.fill(1, Math.max(i - radius, i - (i % side)), Math.min(i + radius + 1, i - (i % side) + side));
  for (let i = 0; i < values.length; i++)
    if (across[i]) for (let y = -radius; y <= radius; y++) if (i + y * side >= 0 && i + y * side < out.length) out[i + y * side] = 1;
  return out;
}

// Everything that water poured in at the corner, which is open, reaches: 1.
function flood(walls, side) {
  const wet = new Uint8Array(walls.length), next = new Int32Array(walls.length);
  let count = 0;
  const pour = (at) => {
    if (wet[at] || walls[at]) return;
    wet[at] = 1;
    next[count++] = at;
  };
  pour(0);
  while (count) {
    const at = next[--count], x = at % side;
    if (x > 0) pour(at - 1);
    if (x < side - 1) pour(at + 1);
    if (at >= side) pour(at - side);
    if (at < walls.length - side) pour(at + side);
  }
  return wet;
}
