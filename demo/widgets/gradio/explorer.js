// Mounts the explorer. Gradio gives: element, props, server.
const { maps, reach, value } = props;
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
const load = (name) => import(new URL(name, folder));
Promise.all([load("explorer.js"), load("answers.js")]).then(([{ mount }, { explorerAnswers }]) => {
  mount(element, { codes: JSON.parse(value).codes, maps, reach, answers: explorerAnswers(maps, reach, server) });
});
