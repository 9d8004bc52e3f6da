// What the models show, as the addresses of pictures: what demo/views does on the server.
import { codeBits, concatenate, halve, squaredError } from "./engine.js";
import { grid, source } from "./pictures.js";

const STRIP_STEPS = 9, TILES = 11;

export const each = (models, action) => Object.fromEntries(Object.entries(models).map(([name, model]) => [name, action(model, name)]));

// A picture through each model: the image, its squared error, and the bits of each dimension.
export function rebuild(models, x) {
  return each(models, (model) => {
    const code = model.encode(x), image = model.decode(code.mean);
    return { image, error: squaredError(x, image), bits: codeBits(code, model.config.prior_variance) };
  });
}

// Codes in ranked standard coordinates, as demo/views/latent.py has them, and the models' own.
const ownCode = (model, { order }, ranked) => Float32Array.from(ranked, (_, i) => ranked[order.indexOf(i)] * model.priorStd);

export const encode = (models, maps, x) => each(models, (model, name) => {
  const { mean } = model.encode(x);
  return maps[name].order.map((i) => mean[i] / model.priorStd);
});

export const decode = (models, maps, codes) => each(models, (model, name) => source(model.decode(ownCode(model, maps[name], codes[name]))));

// For each ranked dimension a strip along it.
export const strips = (models, maps, codes, reach) => each(models, (model, name) =>
  codes[name].map((_, rank) => {
    const row = Array.from({ length: STRIP_STEPS }, (_, step) => {
      const at = reach * ((2 * step) / (STRIP_STEPS - 1) - 1);
      return [...ownCode(model, maps[name], codes[name].map((value, i) => (i === rank ? at : value)))];
    });
    return grid(model.decode(row.flat()), model.config.image_size, STRIP_STEPS, 0);
  }));

// What each decoder draws all over a map, TILES pictures across and up, whose two ranked dimensions are `axes`.
export const mosaics = (models, { maps, reach, codes, axes }) => each(models, (model, name) => {
  const [across, up] = axes[name], at = (tile) => (tile + 0.5) * (2 * reach / TILES) - reach, side = model.config.image_size;
  const tiles = Array.from({ length: TILES ** 2 }, (_, i) => {
    const code = codes[name].map((value, rank) => (rank === across ? at(i % TILES) : value));
    code[up] = -at((i / TILES) | 0);
    return halve(model.decode(ownCode(model, maps[name], code)), side);
  });
  return grid(concatenate(tiles), side / 2, TILES, 0);
});

export const samples = (models, { count, seed, spread, passes }) =>
  each(models, (model) => grid(model.sample(count, seed, { spread, passes }), model.config.image_size));
