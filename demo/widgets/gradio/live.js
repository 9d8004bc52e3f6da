// Mounts the live training. Gradio gives: element, props, server, trigger, watch.
// Its events, which Gradio looks for by name: "go", "step", "pause", "reset", "knob".
const { data } = props, { film } = server;
const folder = new URL("page/widgets/", `${window.gradio_config?.root ?? document.baseURI}/`);
import(new URL("live.js", folder)).then(({ mount }) => {
  const live = mount(element, { data, film, trigger });
  window.shapevae.training = live;
  watch("value", () => props.value && live.take(JSON.parse(props.value)));
});
