// Mounts the planes. Gradio gives: element, props, server.
const { value, shapes } = props;
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
const load = (name) => import(new URL(name, folder));
Promise.all([load("see.js"), load("answers.js")]).then(([{ mount }, { planeAnswers }]) => {
  mount(element, { data: JSON.parse(value), answers: planeAnswers(shapes, server) });
});
