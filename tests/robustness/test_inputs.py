"""Every endpoint, event handler and server function, asked with thousands of generated inputs: an answer, or a sentence."""

import os

import pytest

from tests.robustness.targets import ask_often, endpoints, handlers, server_functions

CASES = int(os.environ.get("INPUT_CASES", "2000"))  # of each endpoint and server function
PRIVATE_CASES = 500  # of each private event handler, which the same checks stand behind


pytestmark = pytest.mark.filterwarnings("ignore::Warning:PIL")  # of damaged and of huge files


@pytest.mark.parametrize("name", endpoints())
def test_endpoints_answer_or_say_why_not(name: str) -> None:
    count = ask_often(endpoints()[name], CASES)
    assert count.asked >= CASES and CASES / 20 < count.answered < count.asked


@pytest.mark.parametrize("name", server_functions())
def test_server_functions_answer_or_say_why_not(name: str) -> None:
    count = ask_often(server_functions()[name], CASES)
    assert count.asked >= CASES and 0 < count.answered < count.asked


@pytest.mark.parametrize("name", handlers())
def test_event_handlers_answer_or_say_why_not(name: str) -> None:
    count = ask_often(handlers()[name], PRIVATE_CASES)
    assert count.asked >= PRIVATE_CASES and count.answered > 0
