// Shapes from their settings or their seed: what shapevae/shapes.py's place and render and demo/views/drawing.py do.
import { Philox } from "./normal.js";

export const KINDS = ["circle", "rectangle", "triangle"];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The setting that a seed names: size, across and down in [0, 1], angle in degrees, aspect width over height.
export function seedSetting(kind, seed, { min_aspect: low, max_aspect: high }) {
  const random = new Philox(seed), u = Array.from({ length: 6 }, () => random.uniform());
  if (kind === "random") kind = KINDS[Math.floor(3 * u[0])];
  const [size, across, down] = [u[1], u[3], u[4]].map((value) => Math.round(100 * value) / 100);
  return { kind, size, angle: Math.round(360 * u[2]), across, down, aspect: kind === "circle" ? 1 : low * (high / low) ** u[5] };
}

// A setting's picture. config: the "shapes" part of a config.json.
export function drawSetting(setting, config) {
  return drawShape(place(setting, config), config.image_size);
}

// The factors of a shape wholly inside the frame, in units of half its side, as shapes.Factors names them.
export function place({ kind, size, angle, across, down, aspect }, config) {
  const turn = kind === "circle" ? 0 : (angle * Math.PI) / 180, [width, height] = [Math.sqrt(aspect), 1 / Math.sqrt(aspect)];
  const { left, right, top, bottom } = extent(kind, width, height, turn), room = 1 - config.margin;
  const largest = Math.min((2 * room) / Math.max(right - left, bottom - top), config.max_size);
  const scale = config.min_size + size * (largest - config.min_size), between = (low, high, at) => low + at * (high - low);
  return {
    kind: KINDS.indexOf(kind),
    x: between(-room - scale * left, room - scale * right, across),
    y: between(-room - scale * top, room - scale * bottom, down),
    half_width: scale * width,
    half_height: scale * height,
    angle: turn,
  };
}

// Where a rotated shape's outermost points lie about its box's centre.
function extent(kind, width, height, turn) {
  if (kind === "circle") return { left: -width, right: width, top: -height, bottom: height };
  const corners = kind === "triangle" ? [[-width, height], [width, height], [0, -height]] : [[-width, height], [width, height], [width, -height], [-width, -height]];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const xs = corners.map(([u, v]) => cos * u + sin * v), ys = corners.map(([u, v]) => cos * v - sin * u);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

// A white shape on black from its factors: the share of each pixel it covers, a ramp of one pixel of the signed distance.
export function drawShape({ kind, x, y, half_width: w, half_height: h, angle }, side) {
  const pixel = 2 / side, cos = Math.cos(angle), sin = Math.sin(angle), length = Math.hypot(2 * h, w);
  const distance = [
    (u, v) => Math.sqrt(u * u + v * v) - w,
    (u, v) => Math.max(Math.abs(u) - w, Math.abs(v) - h),
    (u, v) => Math.max((Math.abs(u) * 2 * h - (v + h) * w) / length, v - h),
  ][kind];
  const centre = (i) => (i + 0.5) * pixel - 1;
  return Float32Array.from({ length: side * side }, (_, i) => {
    const dx = centre(i % side) - x, dy = centre((i / side) | 0) - y;
    return clamp(0.5 - distance(cos * dx - sin * dy, sin * dx + cos * dy) / pixel, 0, 1);
  });
}
