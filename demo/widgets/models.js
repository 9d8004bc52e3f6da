// Both models in the page: weights fetched when they are first needed, decoders before encoders, and checked.
import { Autoencoder, expectedShapes, readTensors } from "./engine.js";

const FOLDER = new URL("../models/", import.meta.url);  // of models.json, which names each model's configuration and files

export class Models {
  constructor() {
    this.encoding = null;  // the models by name, once they can encode
    this.decoding = null;  // once they can decode
  }

  decoders() {
    return (this.first ??= this.load());
  }

  encoders() {
    return (this.second ??= this.decoders().then((models) => this.addEncoders(models)));
  }

  async load() {
    this.listed = await (await get(new URL("models.json", FOLDER))).json();
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
    if (digest && toHex(new Uint8Array(digest)) !== sha256) throw new Error("The weights file can't be used: its checksum differs.");
    return readTensors(buffer, expectedShapes(config, part));
  }
}

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function get(address) {
  const response = await fetch(address).catch(() => ({ ok: false, status: "no connection" }));
  if (!response.ok) throw new Error(`The weights could not be loaded: ${response.status}.`);
  return response;
}
