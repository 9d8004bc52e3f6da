// Mounts the grids of samples. Gradio gives: element, server, watch.
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
const load = (name) => import(new URL(name, folder));
Promise.all([load("samples.js"), load("answers.js")]).then(([{ mount }, { sampleAnswers }]) => {
  const samples = mount(element, sampleAnswers(server));
  watch("value", samples.served);
});
