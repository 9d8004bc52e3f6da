"""The model card: what was measured is in it, what a person wrote stays in it, and making it again changes nothing."""

import pytest
import yaml
from huggingface_hub import ModelCard

from shapevae.config import PRESETS
from shapevae.publish.card import CardModel, card_body, card_metadata
from shapevae.publish.card_merge import merge_card

FIGURES = {
    "images": 10_000,
    "squared_error_per_image": 4.125,
    "squared_error_per_image_low": 4.0,
    "squared_error_per_image_high": 4.25,
    "mse_per_pixel": 0.001007,
    "mse_per_pixel_low": 0.000977,
    "mse_per_pixel_high": 0.001038,
    "sample_quality": 0.625,
    "sample_quality_low": 0.615,
    "sample_quality_high": 0.635,
    "rate_bits": None,
    "mmd": float("nan"),
    "active_units": 4,
    "train_seconds": 61.6,
}
MODELS = [CardModel(name, config, FIGURES) for name, config in PRESETS.items()]


@pytest.fixture
def metadata() -> dict[str, object]:
    return card_metadata(MODELS)


@pytest.fixture
def body() -> str:
    return card_body("user/shapes", MODELS)


def test_the_client_reads_every_figure_with_its_interval(metadata: dict[str, object], body: str) -> None:
    data = ModelCard(merge_card("", metadata, body).text).data
    assert (data.license, data.library_name, data.pipeline_tag) == ("mit", "shapevae", "unconditional-image-generation")
    results = {(result.dataset_name, result.metric_type): result for result in data.eval_results}
    assert len(data.eval_results) == len(MODELS) * 5
    quality = results["Drawn shapes, rotated", "sample_quality"]
    assert quality.metric_value == 0.625 and quality.metric_args == {"interval_95_low": 0.615, "interval_95_high": 0.635}
    assert {kind for _, kind in results}.isdisjoint({"rate_bits", "mmd"})


def test_the_text_shows_figures_grids_recipe_and_the_report(body: str) -> None:
    for text in ("62.5 % (61.5 to 63.5)", "![25 samples of mmd](mmd/samples.png)", "seed", "Intended use and limits"):
        assert text in body
    assert 'shapevae.load_model("user/shapes", "vae")' in body
    assert "| report-vae, the report | 12.022 | 15 of 16 | 18 of 25 | 243 s |" in body
    assert "| report-mmd, here | 4.12 / 0.001007 | – | 62.5 % (61.5 to 63.5) | 62 s |" in body
    assert "nan" not in body and "None" not in body


def test_without_the_reports_models_there_is_no_comparison() -> None:
    assert "Beside the report" not in card_body("user/shapes", MODELS[2:])


def test_merging_twice_changes_nothing(metadata: dict[str, object], body: str) -> None:
    once = merge_card("", metadata, body)
    assert not once.note and merge_card(once.text, metadata, body) == once


def test_text_and_keys_outside_our_part_stay(metadata: dict[str, object], body: str) -> None:
    card = merge_card("", metadata, body).text
    edited = card.replace("tags:\n", "language: en\ntags:\n- mine\n").replace(
        "<!-- shapevae: generated", "Above.\n<!-- shapevae: generated"
    )
    merged = merge_card(edited.replace("\n", "\r\n") + "Below.\n", metadata, body.replace("62.5", "70.0"))
    front = yaml.safe_load(merged.text.split("---\n")[1])
    assert front["language"] == "en" and "mine" in front["tags"] and "vae" in front["tags"]
    assert "Above.\n" in merged.text and merged.text.endswith("Below.\n")
    assert "70.0 %" in merged.text and "62.5 %" not in merged.text and not merged.note


def test_a_card_of_a_persons_own_is_kept_whole(metadata: dict[str, object], body: str) -> None:
    merged = merge_card("---\nlicense: apache-2.0\n---\n# My card\n\nWords.\n", metadata, body)
    assert "# My card\n\nWords.\n" in merged.text and "written by hand" in merged.note
    assert merge_card(merged.text, metadata, body).text == merged.text


def test_an_edit_inside_our_part_is_not_silent(metadata: dict[str, object], body: str) -> None:
    edited = merge_card("", metadata, body).text.replace("62.5 %", "99.9 %")
    merged = merge_card(edited, metadata, body)
    assert "edited by hand" in merged.note and "99.9 %" not in merged.text


def test_a_front_matter_that_is_not_yaml_is_made_anew(metadata: dict[str, object], body: str) -> None:
    merged = merge_card("---\n[oops\n---\nWords.\n", metadata, body)
    assert "license: mit" in merged.text and "Words." in merged.text and merged.note
