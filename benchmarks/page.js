// Notes, inside the page, when the pointer moved and when a picture changed. Gives window.bench.
window.bench = {
  taken: [],    // milliseconds from each answered move to its picture
  moved: null,  // when the page heard of the move that waits for its picture

  // From now on: each pointer move on `source`, until the next change of the picture `shown`.
  watch(source, shown) {
    bench.stop?.();
    Object.assign(bench, { taken: [], moved: null });
    const box = document.querySelector(source);
    const note = () => { bench.moved ??= performance.now(); };  // before any other script hears of it
    box.addEventListener("pointermove", note, true);
    const observer = new MutationObserver((changes) => {
      if (bench.moved === null || !changes.some(({ target }) => target.matches(shown))) return;
      bench.taken.push(performance.now() - bench.moved);
      bench.moved = null;
      bench.answered?.();
    });
    // Painting on a canvas sets its width.
    observer.observe(document.body, { subtree: true, attributes: true, attributeFilter: ["src", "width"] });
    bench.stop = () => { box.removeEventListener("pointermove", note, true); observer.disconnect(); };
  },

  // When there are more than `count` answers, or after `limit` milliseconds, when the move is given up.
  async next(count, limit) {
    if (bench.taken.length > count) return;
    await new Promise((done) => { bench.answered = done; setTimeout(done, limit); });
    bench.moved = null;
  },

  // Starts both trainings; seconds until so large a share of the prior draws shapes in both, and the frames shown by then.
  async train(share) {
    const of = (text) => parseFloat(text.match(/([0-9.]+) % of the prior draws shapes/)?.[1] ?? 0) / 100;
    const shares = () => [...document.querySelectorAll("#training .figures")].map(({ innerText }) => of(innerText));
    const find = (selector) => document.querySelector(`#training ${selector}`);
    const film = find("[data-do=scrub]"), begun = performance.now();
    find("[data-do=go]").click();
    do await new Promise((after) => setTimeout(after, 20));
    while (!/step \d/.test(find(".status").innerText) || Math.min(...shares()) < share);
    return { seconds: (performance.now() - begun) / 1000, frames: Number(film.max) + 1 };
  },

  // Once both models can encode and decode.
  async loaded() {
    const { models } = await bench.answers();
    while (!models.encoding) await new Promise((after) => setTimeout(after, 50));
  },

  // Pictures a second, by one model, one after the other.
  async decodes(count = 100) {
    const { models } = await bench.answers(), model = models.decoding.vae, code = new Float32Array(model.config.latent_dim);
    const begun = performance.now();
    for (let i = 0; i < count; i++) model.decode(code.fill(i / count));
    return (1000 * count) / (performance.now() - begun);
  },

  answers: () => import(document.querySelector("#tabs") ? "./page/widgets/answers.js" : "./widgets/answers.js"),
};
