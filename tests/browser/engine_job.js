// Runs the engine on a job of test_engine.py, in Chromium or in Node. Bytes come as base64.
import { Autoencoder, codeBits, expectedShapes, priorDraws, readTensors, squaredError } from "./engine.js";
import { fillOutline } from "./outlines.js";
import { drawSetting, drawShape, seedSetting } from "./shapes.js";

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

export function compute({ config, encoder, decoder, images, seeds }) {
  const model = new Autoencoder(config, readTensors(bytes(decoder), expectedShapes(config, "decoder")));
  model.addEncoder(readTensors(bytes(encoder), expectedShapes(config, "encoder")));
  const pictures = images.map((image) => Float32Array.from(image)), codes = pictures.map((x) => model.encode(x));
  const rebuilt = pictures.map((x) => model.reconstruct(x));
  return {
    mean: codes.map(({ mean }) => [...mean]),
    std: codes.map(({ std }) => [...std]),
    bits: codes.map((code) => codeBits(code, config.prior_variance)),
    rebuilt: rebuilt.map((image) => [...image]),
    errors: pictures.map((x, i) => squaredError(x, rebuilt[i])),
    samples: seeds.map((seed) => [...model.sample(3, seed)]),
    refined: [...model.sample(3, seeds[0], { spread: 1.5, passes: 1 })],
  };
}

export const draws = ({ count, dimensions, seeds }) => seeds.map((seed) => [...priorDraws(count, dimensions, seed)]);

export const shapes = ({ factors, side }) => factors.map((each) => [...drawShape(each, side)]);

export const named = ({ wanted, config }) => wanted.map(([kind, seed]) => {
  const setting = seedSetting(kind, seed, config);
  return { setting, image: [...drawSetting(setting, config)] };
});

export const filled = ({ images }) => images.map((image) => [...fillOutline(Float32Array.from(image))]);

export function read({ config, file }) {
  try { readTensors(bytes(file), expectedShapes(config, "decoder")); } catch (error) { return error.message; }
  return "";
}
