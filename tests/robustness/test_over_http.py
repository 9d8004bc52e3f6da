"""The same kinds of input through the running server: the protocol's own parts are bent too, and it never falls over."""

import json
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.robustness.cases import (
    anything,
    both_codes,
    by_turns,
    codes,
    kinds,
    models,
    often,
    pads,
    scalars,
    seeds,
    shares,
)
from tests.robustness.pictures import files
from tests.support.raw import API, META, Raw, is_told

CASES = 200  # of each test here


PARAMETERS = {"generate_shape": 4, "reconstruct": 1, "judge": 1, "sample": 2, "interpolate": 3, "decode": 2, "information": 0}

wrong_paths = st.one_of(
    scalars, st.sampled_from(["/etc/passwd", "app.py", "../app.py", "file:///etc/passwd", "C:\\a", "/", "."])
)
file_data = st.fixed_dictionaries(
    {"path": wrong_paths, "meta": st.one_of(st.just(META), anything)},
    optional=dict.fromkeys(("url", "size", "orig_name", "mime_type", "is_stream", "more"), anything),
)
inputs = by_turns(anything, file_data, codes, kinds, models, seeds, shares, st.lists(file_data, max_size=2))
sessions = (f"session{number}" for number in count())


@pytest.fixture(autouse=True)
def alive(raw: Raw) -> Iterator[None]:
    """Whatever a test did, a right question still gets its right answer."""
    yield
    event, answer = raw.call("decode", ["vae", [0.0] * 4])
    assert event == "complete" and answer[0]["path"].endswith(".png")


@often(CASES)
@given(name=st.sampled_from(sorted(PARAMETERS)), data=st.lists(inputs, min_size=4, max_size=4), extra=st.integers(-1, 1))
def test_endpoints_answer_any_json(raw: Raw, name: str, data: list[object], extra: int) -> None:
    event, answer = raw.call(name, data[: max(PARAMETERS[name] + extra, 0)])
    assert is_told(event, answer), (event, answer)


@often(CASES // 4)
@given(body=st.one_of(anything, st.dictionaries(st.sampled_from(["data", "fn_index", "session_hash", "event_data"]), anything)))
@pytest.mark.parametrize("route", ["call/sample", "call/v2/sample", "queue/join", "cancel", "run/sample", "component_server"])
def test_routes_answer_any_body(raw: Raw, route: str, body: object) -> None:
    answer = raw.post(route, body)
    assert answer.status_code in (200, 400, 404, 422) and is_told("refused", answer.text), answer.text


@often(CASES)
@given(which=st.integers(-3, 10**6), data=st.lists(inputs, max_size=9))
def test_private_events_answer_any_json(raw: Raw, which: int, data: list[object]) -> None:
    events = raw.config["dependencies"]
    index = events[which % len(events)]["id"] if which % 10 else which  # one time in ten an event that is not there
    event, answer = raw.join(index, data, next(sessions))
    assert event != "lost" and is_told(event, answer), (event, answer)


def test_an_emptied_field_gets_the_same_sentence_as_one_that_cannot_be_read(raw: Raw) -> None:
    count = next(
        each["id"] for each in raw.config["components"] if (each["type"], each["props"].get("label")) == ("slider", "Count")
    )
    samples = next(each["id"] for each in raw.config["dependencies"] if each["inputs"][:1] == [count] and each["backend_fn"])
    for value in (None, "x"):
        event, answer = raw.join(samples, [value, 7, 1, 0, False, None], next(sessions))
        assert event == "error" and answer["error"].startswith("A field is empty or can't be read")


@often(CASES)
@given(
    component=st.one_of(st.sampled_from(["pad", "explorer", "samples", "film"]), scalars),
    function=st.one_of(
        st.sampled_from(["locate", "film", "rebuild", "draw", "judge", "decode", "describe", "strips", "encode", "mosaic"]),
        anything,
    ),
    data=st.one_of(pads, both_codes, anything),
    session=st.one_of(st.just("here"), anything),
)
def test_server_functions_answer_any_json(raw: Raw, component: object, function: object, data: object, session: object) -> None:
    number = raw.component(component) if component in ("pad", "explorer", "samples", "film") else component
    answer = raw.ask_component(number, function, data, session)
    assert answer.status_code in (200, 400, 404, 422) and "Traceback" not in answer.text


@pytest.mark.parametrize("name", sorted(files()))
def test_every_kind_of_file_gets_an_answer_or_a_sentence(raw: Raw, name: str) -> None:
    path = raw.upload(files()[name]).json()[0]
    event, answer = raw.call("reconstruct", [{"path": path, "meta": META}])
    assert event in ("complete", "error") and is_told(event, answer), answer


DEEP: dict[str, Callable[[], str]] = {
    "brackets": lambda: "[" * 100_000,
    "lists": lambda: '{"data": [' + "[" * 900 + "]" * 900 + "]}",
    "objects": lambda: '{"data": [' + '{"a": ' * 400 + "1" + "}" * 400 + "]}",
    "half a body": lambda: '{"data": [1, ',
    "a number of a thousand digits": lambda: json.dumps({"data": [10**1000, 0]}),
    "a number of ten thousand digits": lambda: '{"data": [' + "1" * 10_000 + "]}",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("kind", DEEP)
def test_bodies_that_are_hard_to_read_are_answered(raw: Raw, kind: str) -> None:
    for route in ("call/sample", "component_server", "queue/join"):
        answer = raw.client.post(API + route, content=DEEP[kind](), headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400, 404, 422) and "Traceback" not in answer.text
        if answer.status_code == 200:
            assert is_told("refused", raw.client.get(f"{API}{route}/{answer.json()['event_id']}").text)
