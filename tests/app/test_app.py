"""The app as programs meet it: launched on a free port, asked through Gradio's client and by raw requests."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image

import app
from demo.views import drawing
from demo.views import results as views
from shapevae.images.write import grid, to_byte_array, to_hex
from shapevae.shapes import TRIANGLE
from tests.support.app_server import running, untrained
from tests.support.outlines import outline
from tests.support.raw import API, Raw

MODELS = untrained()
ENDPOINTS = {
    "/generate_shape": ["kind", "size", "angle", "seed"],
    "/reconstruct": ["image"],
    "/judge": ["image"],
    "/sample": ["count", "seed"],
    "/interpolate": ["image_a", "image_b", "steps"],
    "/decode": ["model", "code"],
    "/information": [],
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(MODELS) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Client:
    return Client(url, verbose=False)


@pytest.fixture(scope="module")
def raw(url: str) -> Raw:
    return Raw(url)


def pixels(file: str) -> np.ndarray:
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture)


def test_endpoints_are_named_and_documented(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert {name: [p["parameter_name"] for p in info["parameters"]] for name, info in described.items()} == ENDPOINTS
    assert all(info["description"] for info in described.values())
    assert [p["parameter_has_default"] for p in described["/generate_shape"]["parameters"]] == [True] * 4
    assert len(described["/reconstruct"]["returns"]) == len(described["/sample"]["returns"]) == 3


def test_a_shape_is_drawn_as_asked(client: Client) -> None:
    drawn = client.predict("rectangle", 0.6, 30, 8, api_name="/generate_shape")
    assert np.array_equal(pixels(drawn), to_byte_array(drawing.draw_setting("rectangle", 0.6, 30, 8)[0, 0]))


def test_a_drawn_outline_is_rebuilt_and_named(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "drawing.png"
    outline(TRIANGLE).save(file)
    named = client.predict(handle_file(file), api_name="/judge")
    assert (named["kind"], named["distinguishable"]) == ("triangle", True) and 0.9 <= named["iou"] <= 1
    by_vae, by_mmd, figures = client.predict(handle_file(file), api_name="/reconstruct")
    x = drawing.read_upload(file.read_bytes())
    for name, picture in (("vae", by_vae), ("mmd", by_mmd)):
        expected = views.reconstruct(MODELS, x)[name]
        assert np.array_equal(pixels(picture), to_byte_array(expected.image[0]))
        assert figures[name]["squared_error"] == pytest.approx(expected.squared_error)
        assert figures[name]["mse_per_pixel"] == pytest.approx(expected.squared_error / 64**2)


def test_samples_come_as_one_grid_a_model(client: Client) -> None:
    by_vae, by_mmd, figures = client.predict(9, 5, api_name="/sample")
    assert (figures["count"], figures["seed"]) == (9, 5)
    for name, picture in (("vae", by_vae), ("mmd", by_mmd)):
        assert np.array_equal(pixels(picture), to_byte_array(grid(MODELS[name].sample(9, 5))[0]))


def test_a_walk_comes_as_one_row_a_model(client: Client, tmp_path: Path) -> None:
    ends = []
    for kind in (0, 2):
        outline(kind).save(tmp_path / f"{kind}.png")
        ends.append(handle_file(tmp_path / f"{kind}.png"))
    by_vae, by_mmd, figures = client.predict(*ends, 5, api_name="/interpolate")
    assert pixels(by_vae).shape == pixels(by_mmd).shape == (68, 5 * 66 + 2)
    assert figures["steps"] == 5


@pytest.mark.parametrize("name", MODELS)
def test_a_code_is_decoded(client: Client, name: str) -> None:
    code = [0.5, -1.0, 0.0, 2.0]
    picture = client.predict(name, code, api_name="/decode")
    assert np.array_equal(pixels(picture), to_byte_array(MODELS[name].decode(torch.tensor([code]))[0, 0]))
    middle = client.predict(name, api_name="/decode")
    assert np.array_equal(pixels(middle), to_byte_array(MODELS[name].decode(torch.zeros(1, 4))[0, 0]))


def test_information_is_told(client: Client) -> None:
    figures = client.predict(api_name="/information")
    assert set(figures) == {"vae", "mmd"}
    assert {"rate_bits", "mutual_information_bits", "designed_rate_bits", "gaussianity"} <= set(figures["vae"])


@pytest.mark.parametrize(
    ("endpoint", "data", "sentence"),
    [
        ("sample", [float("nan"), 0], "The count must be a whole number from 4 to 100."),
        ("decode", ["vae", [0.0] * 5], "The code of this model must be a list of 4 numbers."),
        ("generate_shape", ["circle", 0.5, None, 0], "The angle must be a number from -360 to 360."),
        ("reconstruct", [None], "Send a picture file."),
    ],
)
def test_a_wrong_input_gets_its_sentence(raw: Raw, endpoint: str, data: list[object], sentence: str) -> None:
    event, answer = raw.call(endpoint, data)
    assert (event, answer["error"]) == ("error", sentence)


def test_only_the_endpoints_are_public(raw: Raw) -> None:
    public = {d["api_name"] for d in raw.config["dependencies"] if d["api_visibility"] == "public"}
    assert {f"/{name}" for name in public} == set(ENDPOINTS)


def test_the_page_opens_with_results(raw: Raw) -> None:
    values = {c["props"].get("elem_id"): str(c["props"].get("value")) for c in raw.config["components"]}
    assert values["rebuilt"].count("<img") == 5
    assert values["samples"].count("<img") == 2
    assert values["film"].count("<img") == 2  # a strip by each model
    assert len(values["pad"]) == 2 * 64 * 64


@pytest.mark.parametrize("route", ["", "config", f"{API}info", f"{API}component_server"])
def test_what_a_page_is_made_of_comes_compressed(raw: Raw, route: str) -> None:
    question = {
        "data": to_hex(drawing.draw_setting("circle", 1, 0, 3)),
        "component_id": raw.component("pad"),
        "fn_name": "rebuild",
    }
    method, body = ("POST", {**question, "session_hash": "a"}) if "component" in route else ("GET", None)
    plain, small = (
        raw.client.request(method, route, json=body, headers={"Accept-Encoding": kind}) for kind in ("identity", "br, gzip")
    )
    assert plain.status_code == small.status_code == 200
    assert "Content-Encoding" not in plain.headers and small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) < 0.8 * len(plain.content)
    assert len(small.content) == pytest.approx(len(plain.content), rel=0.01)


def test_streams_and_pictures_come_as_they_are(raw: Raw) -> None:
    event = raw.post("call/generate_shape", {"data": ["circle", 0.5, 0, 0]}).json()["event_id"]
    told = raw.client.get(f"{API}call/generate_shape/{event}")
    picture = raw.client.get(f"{API}file={json.loads(told.text.split('data: ')[-1])[0]['path']}")
    assert told.headers["Content-Type"].startswith("text/event-stream") and picture.content.startswith(b"\x89PNG")
    assert all("Content-Encoding" not in answer.headers for answer in (told, picture))


def test_one_function_asks_for_a_gpu_and_runs_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    spaces = ModuleType("spaces")
    spaces.GPU = asked.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    app.request_gpu()
    assert asked == [app.deadline]


def test_elsewhere_the_package_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spaces", None)
    app.request_gpu()
