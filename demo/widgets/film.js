// The films are large: they come when their tab is first shown.
// Gradio gives: element, props, server.
const missing = () => !element.querySelector(".moving");
const askFilm = window.shapevae.asker(server.film, ({ html }) => { if (missing()) props.value = html; });
if (missing()) askFilm(window.shapevae.search);
