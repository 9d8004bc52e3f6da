// Both models in the page: what shapevae/model.py computes, function by function, and shapes.py's render, on typed arrays.
// Pictures are Float32Arrays of count * side * side values in [0, 1], codes of count * latent_dim.
import { Philox } from "./normal.js";

// x (rows, inner) times weight (columns, inner) transposed, plus a bias: (rows, columns). Sums for four rows and two columns, or
// for one row and four columns, are held in registers, which is three times as fast as one at a time. What is zero in all four
// rows is left out: in a decoder that is half of what neighbouring cells hold.
function product(x, rows, weight, columns, inner, bias, out = new Float32Array(rows * columns)) {
  const used = new Uint32Array(inner);
  let r = 0;
  for (; r < rows - 3; r += 4) fourRows(x, r, weight, columns, inner, bias, out, used);
  for (; r < rows; r++) oneRow(x, r, weight, columns, inner, bias, out);
  return out;
}

function fourRows(x, r, weight, columns, inner, bias, out, used) {
  const at = r * columns, p0 = r * inner, p1 = p0 + inner, p2 = p1 + inner, p3 = p2 + inner;
  let count = 0;
  for (let i = 0; i < inner; i++) if (x[p0 + i] !== 0 || x[p1 + i] !== 0 || x[p2 + i] !== 0 || x[p3 + i] !== 0) used[count++] = i;
  for (let c = 0; c < columns; c += 2) {
    const d = Math.min(c + 1, columns - 1), u = c * inner, v = d * inner;
    let a = bias[c], b = bias[d], a1 = a, b1 = b, a2 = a, b2 = b, a3 = a, b3 = b;
    for (let k = 0; k < count; k++) {
      const i = used[k], w = weight[u + i], z = weight[v + i], s = x[p0 + i], s1 = x[p1 + i], s2 = x[p2 + i], s3 = x[p3 + i];
      a += s * w; b += s * z; a1 += s1 * w; b1 += s1 * z; a2 += s2 * w; b2 += s2 * z; a3 += s3 * w; b3 += s3 * z;
    }
    out[at + c] = a; out[at + d] = b;
    out[at + columns + c] = a1; out[at + columns + d] = b1;
    out[at + 2 * columns + c] = a2; out[at + 2 * columns + d] = b2;
    out[at + 3 * columns + c] = a3; out[at + 3 * columns + d] = b3;
  }
}

function oneRow(x, r, weight, columns, inner, bias, out) {
  const last = columns - 1, begin = r * inner, at = r * columns;
  for (let c = 0; c < columns; c += 4) {
    const [c1, c2, c3] = [Math.min(c + 1, last), Math.min(c + 2, last), Math.min(c + 3, last)];
    let a = bias[c], b = bias[c1], e = bias[c2], f = bias[c3];
    for (let i = 0, p = c * inner, q = c1 * inner, u = c2 * inner, v = c3 * inner; i < inner; i++, p++, q++, u++, v++) {
      const s = x[begin + i];
      a += s * weight[p]; b += s * weight[q]; e += s * weight[u]; f += s * weight[v];
    }
    out[at + c] = a; out[at + c1] = b; out[at + c2] = e; out[at + c3] = f;
  }
}

const linear = (x, rows, { weight, bias }) => product(x, rows, weight, bias.length, weight.length / bias.length, bias);
const sigmoid = (value) => 1 / (1 + Math.exp(-value));

function inPlace(array, change) {
  for (let i = 0; i < array.length; i++) array[i] = change(array[i]);
  return array;
}

// The normal distribution function from a table of its integral and its density, by cubic Hermite interpolation (error 1e-9).
const STEPS = 64, REACH = 8, density = (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const AREA = new Float64Array(2 * REACH * STEPS + 2), SLOPE = AREA.map((_, i) => density(i / STEPS - REACH) / STEPS);
for (let i = 1; i < AREA.length; i++) {
  const x = i / STEPS - REACH, h = 1 / STEPS;  // Simpson's rule
  AREA[i] = AREA[i - 1] + (h / 6) * (density(x - h) + 4 * density(x - h / 2) + density(x));
}

function normalBelow(x) {
  if (x <= -REACH) return 0;
  if (x >= REACH) return 1;
  const at = (x + REACH) * STEPS, i = Math.floor(at), t = at - i, rise = AREA[i + 1] - AREA[i], [slope, next] = [SLOPE[i], SLOPE[i + 1]];
  return AREA[i] + t * (slope + t * (3 * rise - 2 * slope - next + t * (slope + next - 2 * rise)));
}

const gelu = (x) => x * normalBelow(x);

// Image -> features, through patches of 8 x 8 pixels at half resolution.
class Encoder {
  constructor(config, tensors) {
    this.config = config;
    this.patches = layer(tensors, "encoder.patches");
    this.neighbours = layer(tensors, "encoder.neighbours");
    this.hidden = layer(tensors, "encoder.hidden");
    this.deeper = layers(tensors, "encoder.deeper.", "");
    this.out = layer(tensors, "encoder.out");
    const cells = (config.image_size / 16) ** 2, width = config.encoder_width;
    this.neighbours.weight = lastFirst(this.neighbours.weight, width, 9);
    this.hidden.weight = lastFirst(this.hidden.weight, 2 * width, cells);
  }

  forward(image) {
    const { image_size: side, encoder_width: width } = this.config, grid = side / 8;
    const small = inPlace(halve(image, side), (value) => 2 * value - 0.4);  // pictures are mostly black: about zero mean
    let x = inPlace(linear(windows(small, side / 2, 1, 4, 4, 0), grid ** 2, this.patches), gelu);
    x = inPlace(linear(windows(x, grid, width, 3, 2, 1), (grid / 2) ** 2, this.neighbours), gelu);
    for (const each of [this.hidden, ...this.deeper]) x = inPlace(linear(x, 1, each), gelu);
    return linear(x, 1, this.out);
  }
}

// The windows that a convolution looks at, one a row, each (size, size, channels), from an image (side, side, channels).
function windows(image, side, channels, size, stride, padding) {
  const count = (side + 2 * padding - size) / stride + 1 | 0, out = new Float32Array(count * count * size * size * channels);
  for (let row = 0, at = 0; row < count; row++)
    for (let column = 0; column < count; column++)
      for (let i = 0; i < size; i++, at += size * channels) {
        const y = row * stride + i - padding, x = column * stride - padding, from = Math.max(x, 0), to = Math.min(x + size, side);
        const line = image.subarray((y * side + from) * channels, (y * side + to) * channels);
        if (y >= 0 && y < side) out.set(line, at + (from - x) * channels);
      }
  return out;
}

// Weights (outputs, channels, places) as (outputs, places, channels), the order of `windows`.
function lastFirst(weight, channels, places) {
  const outputs = weight.length / (channels * places);
  return Float32Array.from(weight, (_, i) => {
    const output = i / (channels * places) | 0, place = (i / channels | 0) % places, channel = i % channels;
    return weight[(output * channels + channel) * places + place];
  });
}

export function halve(image, side) {
  const half = side / 2, out = new Float32Array(half * half);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      const at = 2 * y * side + 2 * x;
      out[y * half + x] = (image[at] + image[at + 1] + image[at + side] + image[at + side + 1]) / 4;
    }
  return out;
}

// u * sigmoid(s g) with [u, g] = W x + b: gated linear units of sharpness s.
function gatedLinear(x, rows, both, sharpness) {
  const values = linear(x, rows, both), outputs = both.bias.length / 2, out = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < outputs; i++) {
      const at = 2 * r * outputs + i;
      out[r * outputs + i] = values[at] * sigmoid(sharpness * values[at + outputs]);
    }
  return out;
}

// Codes -> images: a small network evaluated at every cell of a grid of coordinates; the code sets its first layer's weights, and
// a scale and a shift for each channel of the later layers. Each cell then gives its own block of pixels.
class Decoder {
  constructor(config, tensors) {
    [this.config, this.width, this.layers] = [config, config.decoder_width, config.decoder_layers];
    this.trunk = layers(tensors, "decoder.trunk.", ".both");
    for (const name of ["first", "scales", "shifts", "out"]) this[name] = layer(tensors, `decoder.${name}`);
    const weights = tensors["decoder.weights"], square = this.width ** 2;
    this.weights = Array.from({ length: this.layers }, (_, i) => lastFirst(weights.subarray(i * square, (i + 1) * square), this.width, this.width));
  }

  forward(z, count) {
    const { image_size: side, gate_sharpness: sharpness } = this.config;
    for (const both of this.trunk) z = gatedLinear(z, count, both, sharpness);
    const [first, scales, shifts] = [this.first, this.scales, this.shifts].map((each) => linear(z, count, each));
    const images = new Float32Array(count * side * side);
    for (let i = 0; i < count; i++) {
      const own = (values) => values.subarray((i * values.length) / count, ((i + 1) * values.length) / count);
      this.draw(own(first), own(scales), own(shifts), own(images));
    }
    return images;
  }

  draw(first, scales, shifts, image) {
    const { width, config: { decoder_grid: grid, image_size: side } } = this, cells = grid * grid, block = side / grid;
    let h = new Float32Array(cells * width), next = new Float32Array(cells * width), scaled = new Float32Array(width * width);
    for (let cell = 0; cell < cells; cell++) {
      const x = ((cell % grid) + 0.5) * (2 / grid) - 1, y = ((cell / grid | 0) + 0.5) * (2 / grid) - 1;
      for (let j = 0; j < width; j++) h[cell * width + j] = Math.max(2 * (x * first[j] + y * first[width + j] + first[2 * width + j]), 0);
    }
    this.weights.forEach((weight, i) => {
      const scale = scales.subarray(i * width, (i + 1) * width), shift = shifts.subarray(i * width, (i + 1) * width);
      for (let at = 0; at < weight.length; at += width)
        for (let j = 0; j < width; j++) scaled[at + j] = weight[at + j] * (1 + scale[j]);
      product(h, cells, scaled, width, width, shift, next);
      for (let at = 0; at < next.length; at++) next[at] = Math.max(next[at], 0);
      [h, next] = [next, h];
    });
    const pixels = linear(h, cells, this.out);
    for (let cell = 0, from = 0; cell < cells; cell++)
      for (let y = 0; y < block; y++) {
        const to = ((cell / grid | 0) * block + y) * side + (cell % grid) * block;
        for (let x = 0; x < block; x++) image[to + x] = sigmoid(pixels[from++]);
      }
  }
}

export class Autoencoder {
  // config: the "model" part of a config.json; decoder, encoder: tensors by name, as readTensors gives them.
  constructor(config, decoder, encoder = null) {
    this.config = config;
    this.priorStd = Math.sqrt(config.prior_variance);
    this.learnsStd = config.noise_variance === null;
    this.fixedNoise = !this.learnsStd && !config.shaped_noise;
    this.decoder = new Decoder(config, decoder);
    if (encoder) this.addEncoder(encoder);
  }

  addEncoder(tensors) {
    this.encoder = new Encoder(this.config, tensors);
  }

  // One image -> { mean, std }, both of latent_dim numbers.
  encode(image) {
    const out = this.encoder.forward(image), d = this.config.latent_dim, sigma = Math.sqrt(this.config.noise_variance ?? 0);
    const mean = out.subarray(0, d).map((value) => this.priorStd * value), second = out.subarray(d);
    if (this.fixedNoise) return { mean, std: mean.map(() => sigma) };
    if (this.learnsStd) return { mean, std: second.map((value) => this.priorStd * Math.exp(0.5 * clamp(value - 2, -16, 4))) };
    return { mean, std: shapedStd(second, sigma / this.priorStd).map((value) => this.priorStd * value) };
  }

  decode(z) {
    return this.decoder.forward(Float32Array.from(z, (value) => value / this.priorStd), z.length / this.config.latent_dim);
  }

  reconstruct(image) {
    return this.decode(this.encode(image).mean);
  }

  sample(count, seed, { spread = 1, passes = 0 } = {}) {
    const pixels = this.config.image_size ** 2;
    let images = this.decode(this.drawPrior(count, seed).map((value) => value * spread));
    for (let pass = 0; pass < passes; pass++) {
      const before = images, each = Array.from({ length: count }, (_, i) => this.encode(before.subarray(i * pixels, (i + 1) * pixels)).mean);
      images = this.decode(concatenate(each));
    }
    return images;
  }

  drawPrior(count, seed) {
    return priorDraws(count, this.config.latent_dim, seed).map((value) => this.priorStd * value);
  }
}

// Standard normal draws (count, latentDim); (seed, i, j) fixes a number, whatever the size.
export function priorDraws(count, latentDim, seed) {
  const draws = new Float32Array(count * latentDim);
  for (let j = 0; j < latentDim; j++) {
    const random = new Philox(seed, j);
    for (let i = 0; i < count; i++) draws[i * latentDim + j] = random.normal();
  }
  return draws;
}

// Standard deviations below 1 whose geometric mean is sigma: a softmax divides the same rate among the dimensions.
function shapedStd(logits, sigma) {
  const rate = -logits.length * Math.log(sigma), most = Math.max(...logits), powers = logits.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => Math.exp(-rate * (value / total)));
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function concatenate(arrays) {
  const out = new Float32Array(arrays.length * arrays[0].length);
  arrays.forEach((array, i) => out.set(array, i * array.length));
  return out;
}

// The squared error summed over pixels, and the bits of each dimension: KL(N(mean, std^2) || N(0, v)), null without noise.
export const squaredError = (x, xHat) => x.reduce((sum, value, i) => sum + (value - xHat[i]) ** 2, 0);

export function codeBits({ mean, std }, priorVariance) {
  if (std.some((value) => value === 0)) return null;
  return Array.from(mean, (m, i) => {
    const ratio = std[i] ** 2 / priorVariance;
    return (0.5 * (m * m / priorVariance + ratio - 1 - Math.log(ratio))) / Math.LN2;
  });
}

// A layer's { weight, bias }, and those of a list.
const layer = (tensors, name) => ({ weight: tensors[`${name}.weight`], bias: tensors[`${name}.bias`] });

function layers(tensors, start, end) {
  const found = [];
  while (tensors[`${start}${found.length}${end}.weight`]) found.push(layer(tensors, `${start}${found.length}${end}`));
  return found;
}

// The tensors of a part, "encoder" or "decoder", with their shapes, as model.py makes them.
export function expectedShapes(c, part) {
  const block = (c.image_size / c.decoder_grid) ** 2, cells = (c.image_size / 16) ** 2, { hidden, encoder_width: w, decoder_width: width } = c;
  const shapes = {}, put = (name, ...shape) => Object.assign(shapes, { [`${part}.${name}.weight`]: shape, [`${part}.${name}.bias`]: [shape[0]] });
  if (part === "encoder") {
    put("patches", w, 1, 4, 4);
    put("neighbours", 2 * w, w, 3, 3);
    put("hidden", hidden, 2 * w * cells);
    for (let i = 0; i < c.encoder_layers - 1; i++) put(`deeper.${i}`, hidden, hidden);
    put("out", c.latent_dim * (c.noise_variance !== null && !c.shaped_noise ? 1 : 2), hidden);
    return shapes;
  }
  for (let i = 0; i < c.trunk_layers; i++) put(`trunk.${i}.both`, 2 * hidden, i ? hidden : c.latent_dim);
  put("first", 3 * width, hidden);
  for (const name of ["scales", "shifts"]) put(name, c.decoder_layers * width, hidden);
  put("out", block, width);
  return { ...shapes, "decoder.weights": [c.decoder_layers, width, width] };
}

const BYTES = { F32: 4, F16: 2, BF16: 2 };

// The tensors in a safetensors file, by name, as Float32Arrays. Throws an Error with a sentence where it is not whole, has not
// the expected shapes, or holds a value that is not finite.
export function readTensors(buffer, expected) {
  const damaged = (what) => new Error(`The weights file can't be used: ${what}.`);
  const view = new DataView(buffer), start = buffer.byteLength < 8 ? Infinity : 8 + Number(view.getBigUint64(0, true));
  if (start > buffer.byteLength) throw damaged("it is cut short");
  let header;
  try { header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8))); } catch { throw damaged("its header is damaged"); }
  const tensors = {};
  for (const [name, shape] of Object.entries(expected)) {
    const { dtype, shape: found, data_offsets: [from, to] } = header[name] ?? { data_offsets: [] };
    const count = shape.reduce((a, b) => a * b, 1);
    if (String(found) !== String(shape) || to - from !== count * BYTES[dtype]) throw damaged(`${name} is not what its configuration says`);
    if (start + to > buffer.byteLength) throw damaged("it is cut short");
    tensors[name] = toFloats(new Uint8Array(buffer.slice(start + from, start + to)), dtype);
    if (!tensors[name].every(Number.isFinite)) throw damaged(`${name} holds values that are not finite`);
  }
  return tensors;
}

// Bytes, little end first, as 32-bit floats. A 16-bit float's bits are put where a 32-bit one has them, its exponent 112 lower.
function toFloats(bytes, dtype) {
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  if (dtype === "BF16") return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  const floats = new Float32Array(Uint32Array.from(halves, (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13)).buffer);
  return floats.map((value, i) => ((halves[i] & 0x7c00) === 0x7c00 ? NaN : value * 2 ** 112));
}
