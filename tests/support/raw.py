"""The app's protocol without a client of Gradio's: what is sent and what comes back, to the byte."""

import json
from functools import cached_property
from typing import Any

import httpx

API = "gradio_api/"
META = {"_type": "gradio.FileData"}  # by which Gradio knows a file among the inputs
_JSON = {"Content-Type": "application/json"}


class Raw:
    """Requests to one running app over one connection; `url` ends with a slash."""

    def __init__(self, url: str, timeout: float = 60) -> None:
        self.client = httpx.Client(base_url=url, timeout=timeout)

    def post(self, route: str, body: object) -> httpx.Response:
        """JSON as Python writes it: NaN and lone surrogates go through."""
        return self.client.post(API + route, content=json.dumps(body), headers=_JSON)

    def call(self, endpoint: str, data: object) -> tuple[str, Any]:
        """The last event of a call and its data: ("complete", […]), ("error", {"error": sentence}), or ("refused", text)."""
        event = self.post(f"call/{endpoint}", {"data": data})
        if event.status_code != 200:
            return "refused", event.text
        lines = self.client.get(f"{API}call/{endpoint}/{event.json()['event_id']}").text.strip().split("\n")
        return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))

    def join(self, index: int, data: object, session: str) -> tuple[str, Any]:
        """The same of any event by its number, as the page asks: private ones too."""
        event = self.post("queue/join", {"fn_index": index, "data": data, "session_hash": session})
        if event.status_code != 200:
            return "refused", event.text
        with self.client.stream("GET", f"{API}queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ") or "{}")
                if message.get("msg") == "process_completed":
                    return ("complete" if message["success"] else "error"), message["output"]
        return "lost", None

    def ask_component(self, component: object, function: object, data: object, session: object = "test") -> httpx.Response:
        """A component's server function, past the queue."""
        body = {"data": data, "component_id": component, "fn_name": function, "session_hash": session}
        return self.post("component_server", body)

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the page is made of: its components and events."""
        return self.client.get("config").json()

    def component(self, elem_id: str) -> int:
        """The number of the component with this name."""
        return next(c["id"] for c in self.config["components"] if c["props"].get("elem_id") == elem_id)

    def events(self, name: str) -> list[int]:
        """The numbers of the events that call the function of this name."""
        return [event["id"] for event in self.config["dependencies"] if event["api_name"] == name]

    def exactly(self, path: str) -> httpx.URL:
        """The address of a path as it stands, its dots and slashes not tidied up."""
        return self.client.base_url.copy_with(raw_path=path.encode())

    def upload(self, content: bytes, name: str = "picture.png", **options: Any) -> httpx.Response:
        return self.client.post(f"{API}upload", files={"files": (name, content)}, **options)


def is_told(event: str, answer: object) -> bool:
    """An answer, or a sentence; not Gradio's {"error": null}, and nothing of the program's insides."""
    text = answer["error"] if event == "error" else str(answer)
    return bool(text) and "Traceback" not in text and "site-packages" not in text and (event != "error" or len(text) < 300)
