// What pad, explorer and samples ask: answered in the page once the weights are there, else by the server, where there is one.
import { Models } from "./models.js";
import { fillOutline } from "./outlines.js";
import { fromHex, toHex } from "./pictures.js";
import { drawSetting, seedSetting } from "./shapes.js";
import { decode, encode, rebuild } from "./views.js";

const MIN_CONTRAST = 0.1, LOADING = "The models are being loaded.";

export const models = new Models();
const loaded = new EventTarget();

// The models, if they have what is needed, "decoding" or "encoding"; else null, and loading begins.
function now(what) {
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
async function answer(what, local, server) {
  const found = now(what);
  if (found) return local(found);
  if (server) return { notice: models.failure && `${models.failure} The server computes instead.`, ...(await server()) };
  return models.failure ? { error: `${models.failure} The first pictures stay.` } : { notice: LOADING };
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
    prepare: () => now("encoding"),
  };
}

export function explorerAnswers(maps, reach, server) {
  return {
    decode: (codes) => answer("decoding", (found) => ({ pictures: decode(found, maps, codes) }), server && (() => server.decode(codes))),
    async describe(codes) {
      if (!now("decoding")) return server ? server.describe(codes) : {};
      const [strips, told] = await Promise.all([beside("strips", { maps, codes, reach }), server?.describe(codes)]);
      return { ...told, strips };
    },
    async mosaic(request) {
      if (!now("decoding") && server) return server.mosaic(request);
      return { mosaics: await beside("mosaics", { maps, reach, ...request }) };
    },
    encode: (question) =>
      answer("encoding", (found) => {
        const x = padPicture(question);
        return x ? { codes: encode(found, maps, x) } : { error: "The pad is empty: draw a shape." };
      }, server && (() => server.encode(question))),
  };
}

export const sampleAnswers = (server) => ({ draw: async (settings) => ({ grids: await beside("samples", settings) }), locate: server?.locate });

// A task of worker.js: its result, or nothing where the weights can't be loaded.
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
