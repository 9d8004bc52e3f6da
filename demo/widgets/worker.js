// What takes longer than a frame, computed beside the page: grids of samples, and strips along the dimensions of a code.
import { Models } from "./models.js";
import { mosaics, samples, strips } from "./views.js";

const models = new Models("models");

const TASKS = {
  samples: async (settings) => samples(await (settings.passes ? models.encoders() : models.decoders()), settings),
  strips: async ({ maps, codes, reach }) => strips(await models.decoders(), maps, codes, reach),
  mosaics: async (request) => mosaics(await models.decoders(), request),
};

addEventListener("message", async ({ data: { id, task, request } }) => {
  postMessage({ id, result: await TASKS[task](request).catch(({ message }) => ({ error: message })) });
});
