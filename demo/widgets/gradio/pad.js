// Mounts the pad. Gradio gives: element, props, server, watch.
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
const load = (name) => import(new URL(name, folder));
Promise.all([load("pad.js"), load("answers.js")]).then(([{ mount }, { padAnswers }]) => {
  const pad = mount(element, {
    value: props.value,
    sketch: props.sketch,
    sketches: props.sketches,
    answers: padAnswers(props.shapes, server),
    results: () => document.querySelector(`${props.target} .cards`)?.parentElement,
    settled: (hex) => { if (props.value !== hex) props.value = hex; },
  });
  watch("value", () => pad.put(props.value));
});
