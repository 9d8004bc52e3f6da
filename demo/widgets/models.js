// Both models in the page: weights fetched when they are first needed, decoders before encoders, and checked.
import { Autoencoder, expectedShapes, readTensors } from "./engine.js";
import { hexOf } from "./pictures.js";

const FOLDER = new URL("../models/", import.meta.url);

const PAUSE = 5000;  // milliseconds

export class Models {
  // name: of a list in the folder, which names each model's configuration and files.
  constructor(name) {
    this.name = name;
    this.encoding = null;  // the models by name, once they can encode
    this.decoding = null;  // once they can decode
    this.failure = "";
  }

  decoders() {
    return (this.first ??= this.noted("first", this.load()));
  }

  encoders() {
    return (this.second ??= this.noted("second", this.decoders().then((models) => this.addEncoders(models))));
  }

  // What went wrong is a sentence in `failure`; without a connection it is tried again a while later.
  async noted(name, loading) {
    try {
      const models = await loading;
      this.failure = "";
      return models;
    } catch (error) {
      this.failure = error.message;
      if (error.passing) setTimeout(() => { this[name] = null; }, PAUSE);
      throw error;
    }
  }

  async load() {
    this.listed = await (await get(new URL(`${this.name}.json`, FOLDER))).json();
    const loaded = Object.entries(this.listed).map(async ([name, each]) => [name, new Autoencoder(each.config, await this.tensors(each, "decoder"))]);
    return (this.decoding = Object.fromEntries(await Promise.all(loaded)));
  }

  async addEncoders(models) {
    await Promise.all(Object.keys(models).map(async (name) => models[name].addEncoder(await this.tensors(this.listed[name], "encoder"))));
    return (this.encoding = models);
  }

  async tensors({ config, files }, part) {
    const { file, sha256 } = files[part], buffer = await (await get(new URL(file, FOLDER))).arrayBuffer();
    const digest = await globalThis.crypto?.subtle?.digest("SHA-256", buffer);  // only where the connection is safe
    if (digest && hexOf(new Uint8Array(digest)) !== sha256) throw new Error("The weights file can't be used: its checksum differs.");
    return readTensors(buffer, expectedShapes(config, part));
  }
}

async function get(address) {
  const response = await fetch(address).catch(() => ({ ok: false, status: "there is no connection" }));
  if (!response.ok) throw Object.assign(new Error(`The weights can't be loaded: ${response.status}.`), { passing: true });
  return response;
}
