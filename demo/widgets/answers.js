// What pad, explorer and samples ask: answered in the page once the weights are there, else by the server, where there is one.
import { Models } from "./models.js";
import { fillOutline } from "./outlines.js";
import { fromHex, toHex } from "./pictures.js";
import { drawSetting, seedSetting } from "./shapes.js";
import { decode, each, encode, rebuild } from "./views.js";

const NAMES = { vae: "VAE", mmd: "Adjusted VAE" };
const MIN_CONTRAST = 0.1, LOADING = "The models are being loaded.";
export const NO_DRAWING = "Draw a shape on the tab Reconstruct first.";

export const models = new Models("models"), planes = new Models("planes");
const loaded = new EventTarget();

// The models, if they have what is needed, "decoding" or "encoding"; else null, and loading begins.
function now(what, models) {
  if (!models[what]) {
    const loading = what === "encoding" ? models.encoders() : models.decoders(), over = () => loaded.dispatchEvent(new Event("load"));
    if (!noted.has(loading)) loading.then(over, over);
    noted.add(loading);
  }
  return models[what];
}

const noted = new WeakSet();

// Calls `action` when more of the models is there, or can't be.
export const whenLoaded = (action) => loaded.addEventListener("load", action);

// `local` where the models are there, else the server's answer, with a sentence on what it stands for.
async function answer(what, local, server, from = models) {
  const found = now(what, from);
  if (found) return local(found);
  const told = await server?.(), notice = from.failure && `${from.failure} The server computes instead.`;
  if (server) return told && { notice, ...told };
  return from.failure ? { error: `${from.failure} The first pictures stay.` } : { notice: LOADING };
}

// The same for what somebody asks for once: without a server it waits for the weights.
async function answerOnce(local, server, from = models) {
  if (!server) await from.encoders().catch(() => {});
  return answer("encoding", local, server, from);
}

// The pad's picture as the models see it: its hex, or { hex, filled }.
export function padPicture(question) {
  const x = fromHex(question.hex ?? question);
  if (x.every((value) => value < MIN_CONTRAST)) return null;
  return question.filled === false ? x : fillOutline(x);
}

const inRange = ({ size, angle, across, down, seed }) =>
  [size, across, down].every((value) => value >= 0 && value <= 1) && Math.abs(angle) <= 360 && Number.isInteger(seed) && seed >= 0;

// What the seed alone fixes.
function named({ kind, seed }, shapes) {
  const setting = seedSetting(kind, seed, shapes);
  return { kind: setting.kind, aspect: setting.aspect };
}

// shapes: the "shapes" part of a configuration. server: functions by name, or undefined.
export function padAnswers(shapes, server) {
  return {
    async rebuild(question) {
      const ask = server && (() => (question.kind ? server.draw : server.rebuild)(question));
      if (question.kind && !inRange(question)) return ask ? ask() : { error: "A setting is outside its limits." };
      const hex = question.kind && toHex(drawSetting({ ...question, ...named(question, shapes) }, shapes));
      const x = padPicture(hex || question);
      if (!x) return { error: "The pad is empty: draw a shape." };
      return answer("encoding", (found) => ({ hex, x, rebuilt: rebuild(found, x) }), ask);
    },
    judge: server?.judge,
    prepare: () => now("encoding", models),
  };
}

export function explorerAnswers(maps, reach, server) {
  return {
    decode: (codes) => answer("decoding", (found) => ({ pictures: decode(found, maps, codes) }), server && (() => server.decode(codes))),
    describe: server?.describe,
    async strips(codes) {
      if (!now("decoding", models) && server) return server.strips(codes);
      return { strips: await beside("strips", { maps, codes, reach }) };
    },
    async mosaic(request) {
      if (!now("decoding", models) && server) return server.mosaic(request);
      return { mosaics: await beside("mosaics", { maps, reach, ...request }) };
    },
    encode: (question) =>
      answerOnce((found) => {
        const x = padPicture(question);
        return x ? { codes: encode(found, maps, x) } : { error: "The pad is empty: draw a shape." };
      }, server && (() => server.encode(question))),
  };
}

// Places are by model's name, [across, up]; shapes: how the planes' own pictures are drawn.
export function planeAnswers(shapes, server) {
  const floats = (told) => told && { ...told, pictures: told.pictures && each(told.pictures, (hex) => fromHex(hex)) };
  const drawn = (places) => (found) => ({ pictures: each(found, (model, name) => model.decode(places[name].map((value) => value * model.priorStd))) });
  return {
    decode: (places) => answer("decoding", drawn(places), server && (() => server.decode(places).then(floats)), planes),
    drop: (question) =>
      answerOnce((found) => {
        const x = question.kind ? drawSetting(anySetting(question.kind, shapes), shapes) : asFamily(padPicture(question.hex), shapes.image_size);
        return x ? { hex: toHex(x), ...landed(found, x) } : { error: "The pad is empty: draw a shape." };
      }, server && (() => server.drop(question)), planes),
  };
}

function anySetting(kind, { min_aspect: low, max_aspect: high }) {
  const aspect = kind === "circle" ? 1 : low * (high / low) ** Math.random();
  return { kind, size: Math.random(), aspect, angle: 0, across: 0.5, down: 0.5 };
}

// A drawing with its box in the middle, of so many pixels a side.
function asFamily(x, size) {
  if (!x?.some((value) => value > 0.5)) return null;
  const side = Math.sqrt(x.length), times = side / size, inked = Array.from(x.keys()).filter((i) => x[i] > 0.5);
  const shift = (at) => Math.floor((Math.min(...at) + Math.max(...at) + 1 - side) / 2);
  const [down, across] = [shift(inked.map((i) => (i / side) | 0)), shift(inked.map((i) => i % side))];
  const out = new Float32Array(size * size), around = (value) => (value + side) % side;
  for (let i = 0; i < x.length; i++)
    out[((((i / side) | 0) / times) | 0) * size + (((i % side) / times) | 0)] += x[around(((i / side) | 0) + down) * side + around((i % side) + across)] / times ** 2;
  return out;
}

// Where a picture's code lies and its noise, in deviations of the prior, by model; and in words.
function landed(models, x) {
  const places = each(models, (model) => {
    const { mean, std } = model.encode(x);
    return [...mean, ...std].map((value) => value / model.priorStd);
  });
  const words = Object.entries(places).map(([name, [a, b, c, d]]) =>
    `${NAMES[name]} (${a.toFixed(2)}, ${b.toFixed(2)}), noise ${c.toFixed(3)} by ${d.toFixed(3)}`);
  return { places, words: `Its code: ${words.join("; ")}.`.replaceAll("-", "−") };
}

export const sampleAnswers = (server) => ({
  async draw(settings) {
    const grids = await beside("samples", settings);
    return grids.error ? { error: `${grids.error} The first pictures stay.` } : { grids };
  },
  locate: server?.locate,
});

// A task of worker.js: its result, or { error } where the weights can't be loaded.
let worker, count = 0;
const waiting = new Map();

function beside(task, request) {
  worker ??= startWorker();
  worker.postMessage({ id: ++count, task, request });
  return new Promise((resolve) => waiting.set(count, resolve));
}

function startWorker() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data: { id, result } }) => {
    waiting.get(id)(result);
    waiting.delete(id);
  });
  return started;
}
