"""The model card: what was measured is in it, what a person wrote stays in it, and making it again changes nothing."""

import pytest
import yaml
from huggingface_hub import ModelCard

from shapevae.config import PRESETS
from shapevae.publish.card import BEGIN, CardModel, make_card

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
BETTER = [CardModel(name, config, {**FIGURES, "sample_quality": 0.7}) for name, config in PRESETS.items()]


@pytest.fixture
def card() -> str:
    return make_card("user/shapes", MODELS)


def test_the_client_reads_every_figure_with_its_interval(card: str) -> None:
    data = ModelCard(card).data
    assert (data.license, data.library_name, data.pipeline_tag) == ("mit", "shapevae", "unconditional-image-generation")
    assert len(data.eval_results) == len(MODELS) * 5
    results = {(result.metric_config, result.metric_type): result for result in data.eval_results}
    quality = results["vae", "sample_quality"]
    assert quality.dataset_name == "Drawn shapes, rotated" and quality.metric_value == 0.625
    assert quality.metric_args == {"interval_95_low": 0.615, "interval_95_high": 0.635}
    assert {kind for _, kind in results}.isdisjoint({"rate_bits", "mmd"})


def test_the_text_shows_figures_grids_recipe_and_the_report(card: str) -> None:
    for text in ("62.5 % (61.5 to 63.5)", "![25 samples of mmd](mmd/samples.png)", "Intended use and limits"):
        assert text in card
    assert 'shapevae.load_model("user/shapes", "vae")' in card
    assert "| report-vae, the report | 12.022 | 15 of 16 | 18 of 25 | 243 s |\n" in card
    assert "| report-mmd, here | 4.12 / 0.001007 | – | 62.5 % (61.5 to 63.5) | 62 s |\n" in card
    variance = PRESETS["vae"].pixel_variance
    row = f"| vae | KL divergence (VAE) | 100,000 rotated, new ones each epoch | 410 | 16 | 1.0 | learned | {variance} | 0 |\n"
    assert row in card
    assert "nan" not in card and "None" not in card and "{" not in card.partition(BEGIN)[2]


def test_without_the_reports_models_there_is_no_comparison() -> None:
    assert "Beside the report" not in make_card("user/shapes", MODELS[2:])


def test_a_card_that_is_up_to_date_comes_back_as_it_is(card: str) -> None:
    assert make_card("user/shapes", MODELS, card) == card


def test_text_and_keys_outside_our_part_stay(card: str) -> None:
    edited = card.replace("tags:\n", "language: en\ntags:\n- mine\n").replace(BEGIN, f"Above.\n{BEGIN}") + "Below.\n"
    merged = make_card("user/shapes", BETTER, "\ufeff" + edited.replace("\n", "\r\n"))
    front = yaml.safe_load(merged.split("---\n")[1])
    assert front["language"] == "en" and "mine" in front["tags"] and "vae" in front["tags"]
    assert "Above.\n" in merged and merged.endswith("Below.\n")
    assert "70.0 %" in merged and "62.5 %" not in merged


def test_a_card_of_a_persons_own_is_kept_whole() -> None:
    merged = make_card("user/shapes", MODELS, "---\nlicense: apache-2.0\n---\n# My card\n\nWords.\n")
    assert "# My card\n\nWords.\n" in merged
    assert make_card("user/shapes", MODELS, merged) == merged


def test_an_edit_inside_our_part_goes(card: str) -> None:
    assert make_card("user/shapes", MODELS, card.replace("62.5 %", "99.9 %")) == card


@pytest.mark.parametrize("front", ["[oops", "words", "tags: 5", "model-index: [1]", "model-index: {a: 1}"])
def test_a_front_matter_that_is_none_is_made_anew(front: str) -> None:
    merged = make_card("user/shapes", MODELS, f"---\n{front}\n---\nWords.\n")
    assert "license: mit" in merged and "Words." in merged
    assert len(ModelCard(merged).data.eval_results) == len(MODELS) * 5
