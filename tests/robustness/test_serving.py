"""Serving others: the option, and the app behind nginx at a sub-path, set up as Gradio's guide has it."""

import argparse
import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

import app
from tests.robustness.cases import HEX
from tests.support.app_server import launched
from tests.support.outlines import encoded, outline
from tests.support.patience import PATIENCE, comes_true, free_port, listens
from tests.support.raw import API, META, Raw

NAME = "class.example"
CONFIGURATION = """
pid {folder}/pid; error_log {folder}/errors.log; daemon off;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location /shapes/ {{
      proxy_pass {app};
      proxy_buffering off;
      proxy_redirect off;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@pytest.mark.parametrize("name", ["localhost", "192.168.1.5", "Class.Example.org", "*.app.github.dev", "my_container"])
def test_host_names_are_taken(name: str) -> None:
    assert app.host_name(name) == name.lower()


@pytest.mark.parametrize("name", ["", "*", "a:7860", "http://a.example", "a.*", "**.a", "a b", "a/b", "[::1]"])
def test_what_is_no_host_name_gets_a_sentence(name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="host name without a port"):
        app.host_name(name)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    """A line to the app through nginx, which it knows under NAME."""
    if not shutil.which("nginx"):
        pytest.skip("nginx is missing")
    folder = tmp_path_factory.mktemp("nginx")
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_SERVER_NAME", "127.0.0.1")
        patch.setenv("GRADIO_ROOT_PATH", "/shapes")
        with launched(names=[NAME]) as demo:
            file = folder / "nginx.conf"
            file.write_text(CONFIGURATION.format(folder=folder, port=port, app=demo.local_url))
            process = subprocess.Popen(["nginx", "-p", str(folder), "-e", f"{folder}/errors.log", "-c", str(file)])
            try:
                assert comes_true(lambda: listens(port))
                raw = Raw(f"http://127.0.0.1:{port}/shapes/")
                raw.client.headers["Host"] = NAME
                yield raw
            finally:
                process.terminate()
                process.wait(PATIENCE)


def test_the_page_behind_a_proxy_asks_the_proxy(proxied: Raw) -> None:
    assert proxied.config["root"] == f"http://{NAME}/shapes"
    page = proxied.client.get("")
    assert page.status_code == 200 and f'"root":"http://{NAME}/shapes"' in page.text


def test_everything_works_behind_a_proxy(proxied: Raw) -> None:
    proxied.client.headers["Origin"] = f"http://{NAME}"
    path = proxied.upload(encoded(outline(0))).json()[0]
    event, (by_vae, *_) = proxied.call("reconstruct", [{"path": path, "meta": META}])
    assert event == "complete" and by_vae["url"].startswith(f"http://{NAME}/shapes/{API}file=")
    picture = proxied.client.get(by_vae["url"].removeprefix(f"http://{NAME}/shapes/"))
    assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
    assert "html" in json.loads(proxied.ask_component(proxied.component("pad"), "rebuild", HEX).text)


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_other_names_and_pages_stay_refused_behind_a_proxy(proxied: Raw, header: dict[str, str]) -> None:
    assert proxied.client.get("config", headers=header).status_code in (400, 403)
