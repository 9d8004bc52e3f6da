// Mounts the pad. pad.py gives SETTINGS; Gradio: element, props, server, watch.
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
const load = (name) => import(new URL(name, folder));
Promise.all([load("pad.js"), load("answers.js")]).then(([{ mount }, { padAnswers }]) => {
  const pad = mount(element, {
    ...SETTINGS,
    answers: padAnswers(SETTINGS.shapes, server),
    results: () => document.querySelector(`${SETTINGS.target} .cards`)?.parentElement,
    settled: (hex) => { if (props.value !== hex) props.value = hex; },
  });
  watch("value", () => pad.put(props.value));
  pad.put(props.value);  // of a link, which may come before the tab is first shown
});
