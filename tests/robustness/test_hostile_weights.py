"""Weights that are damaged, foreign or made to harm: one clear error each, no code run, no memory taken; the page stands in."""

import itertools
import json
import os
import pickle
import random
import re
import resource
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from demo.presets import load_presets
from shapevae.config import ConfigError, ModelConfig
from shapevae.errors import WeightsError
from shapevae.files import CONFIG, MODEL
from shapevae.model import Autoencoder
from shapevae.weights import MAX_BYTES, MAX_SIZE, check_size, load_model, save_model
from tests.conftest import tiny
from tests.support.processes import end, start

Harm = Callable[[Path], object]


def make(folder: Path, preset: str = "report-mmd") -> Path:
    """A folder with a tiny model."""
    folder.mkdir(parents=True, exist_ok=True)
    config = tiny(preset, decoder_width=4, hidden=16)
    torch.manual_seed(0)
    save_model(Autoencoder(config.model, config.shapes), config, folder)
    return folder


def in_file(edit: Callable[[bytes], bytes], name: str = MODEL) -> Harm:
    return lambda folder: (folder / name).write_bytes(edit((folder / name).read_bytes()))


def in_tensors(edit: Callable[[dict[str, torch.Tensor]], object]) -> Harm:
    def harm(folder: Path) -> None:
        tensors = load_file(folder / MODEL)
        edit(tensors)
        save_file(tensors, folder / MODEL)

    return harm


def in_config(**model: object) -> Harm:
    """Other values in config.json: of the model's, or of both image_sizes."""

    def harm(folder: Path) -> None:
        values = json.loads((folder / CONFIG).read_text())
        values["model"].update(model)
        values["shapes"].update({key: value for key, value in model.items() if key == "image_size"})
        (folder / CONFIG).write_text(json.dumps(values))

    return harm


class Payload:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (os.mkdir, ("was-run",))


def header(claim: int, text: bytes = b"{}") -> bytes:
    """A safetensors file that claims a header of so many bytes."""
    return struct.pack("<Q", claim) + text


def offsets(start: int, end: int) -> bytes:
    """A safetensors file whose one tensor claims these bytes."""
    text = json.dumps(
        {"decoder.out.bias": {"dtype": "F32", "shape": [(end - start) // 4], "data_offsets": [start, end]}}
    ).encode()
    return header(len(text), text)


def long_prior(content: bytes) -> bytes:
    """A configuration whose prior variance has 5,000 digits."""
    return re.sub(rb'("prior_variance": )[\d.]+', rb"\g<1>" + b"5" * 5000, content)


HARMS: dict[str, tuple[Harm, str]] = {
    "missing": (lambda folder: (folder / MODEL).unlink(), "No such file"),
    "a folder": (lambda folder: ((folder / MODEL).unlink(), (folder / MODEL).mkdir()), r"model\.safetensors"),
    "empty": (in_file(lambda content: b""), "not a whole safetensors file"),
    "truncated": (in_file(lambda content: content[: len(content) // 2]), "not a whole safetensors file"),
    "longer": (in_file(lambda content: content + b"x"), "not a whole safetensors file"),
    "flipped": (in_file(lambda content: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]), "its checksum differs"),
    "a pickle": (in_file(lambda content: pickle.dumps(Payload())), "not a whole safetensors file"),
    "a checkpoint of torch": (lambda folder: torch.save({"x": Payload()}, folder / MODEL), "not a whole safetensors file"),
    "text": (in_file(lambda content: b"not a model at all " * 100), "not a whole safetensors file"),
    "bytes of no tensor": (in_file(lambda content: header(2) + bytes(100)), "not a whole safetensors file"),
    "a header of 10 GB": (in_file(lambda content: header(10 * 10**9)), "not a whole safetensors file"),
    "a header of 60 MB": (in_file(lambda content: header(60 * 10**6)), "not a whole safetensors file"),
    "a tensor of 10 GB": (in_file(lambda content: offsets(0, 10 * 10**9)), "not a whole safetensors file"),
    "a file of 8 GB": (lambda folder: os.truncate(folder / MODEL, 2**33), "larger than 64 MiB"),
    "other shapes": (in_tensors(lambda t: t.update({"decoder.out.bias": torch.zeros(3)})), r"decoder\.out\.bias is F32 \(3,\)"),
    "a tensor less": (in_tensors(lambda t: t.pop("decoder.out.bias")), r"missing tensor decoder\.out\.bias"),
    "a tensor more": (in_tensors(lambda t: t.update(extra=torch.zeros(1))), "unknown tensor extra"),
    "whole numbers": (in_tensors(lambda t: t.update({k: v.long() for k, v in t.items()})), "is I64"),
    "NaN": (
        in_tensors(lambda t: t["decoder.out.bias"][0].fill_(torch.nan)),
        r"decoder\.out\.bias holds values that are not finite",
    ),
    "infinity": (
        in_tensors(lambda t: t["decoder.weights"][0].fill_(-torch.inf)),
        r"decoder\.weights holds values that are not",
    ),
    "no configuration": (lambda folder: (folder / CONFIG).unlink(), "No such file"),
    "half a configuration": (in_file(lambda content: content[:99], CONFIG), "not valid JSON"),
    **{
        f"{name} for a configuration": (in_file(lambda content, text=text: text, CONFIG), r"config\.json")  # type: ignore[misc]
        for name, text in {
            "nothing": b"",
            "a list": b"[]",
            "an empty object": b"{}",
            "a byte that is no UTF-8": b"\xff",
            "a number for the model": b'{"model": 1}',
        }.items()
    },
    "another key": (in_config(colour=3), r"unknown key model\.colour"),
    "another type": (in_config(hidden="16"), r"model\.hidden must be int"),
    "another network": (in_config(hidden=32), "expected F32"),
    "another prior": (in_config(prior_variance=4.0), "its checksum differs"),
    "another noise": (in_config(noise_variance=0.25), "its checksum differs"),
    "deep nesting": (in_file(lambda content: b"[" * 60_000, CONFIG), "nested too deeply|not valid JSON"),
    "a long configuration": (lambda folder: os.truncate(folder / CONFIG, 2**33), "larger than 64 KiB"),
    "a number of 400 digits": (in_config(prior_variance=10**400), r"config\.json"),
    "a number of 5,000 digits": (in_file(long_prior, CONFIG), r"config\.json"),
    **{
        f"{name} of a billion": (in_config(**{name: 2**30}), rf"{name} is 1073741824, and the limit {MAX_SIZE}")
        for name in ("latent_dim", "encoder_width", "decoder_width", "decoder_layers", "trunk_layers", "hidden", "image_size")
    },
    "many large layers": (in_config(hidden=1024, trunk_layers=64), r"a model of 5\d\d MiB, and the limit is 64 MiB"),
    "as many layers as allowed": (in_config(hidden=MAX_SIZE, trunk_layers=MAX_SIZE), r"a model of \d+ MiB, and the limit"),
    "as many pixels as allowed": (in_config(image_size=MAX_SIZE, decoder_grid=MAX_SIZE), r"a model of \d+ MiB, and the limit"),
}


@pytest.mark.parametrize("name", HARMS)
def test_each_harm_is_one_sentence_and_no_code_is_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    harm, words = HARMS[name]
    folder = make(tmp_path / "model")
    harm(folder)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=words) as caught:
        load_model(folder)
    assert str(caught.value).startswith(str(folder)) and "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert not (tmp_path / "was-run").exists()


def test_the_payload_does_run_where_it_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Payload()))
    assert (tmp_path / "was-run").exists()


def measure(folder: Path, report: Path) -> None:
    """Load every model in `folder`; how many MiB more memory the process had at most than after a good one."""
    load_model(folder / "good")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for model in sorted(folder.iterdir()):
        if model.name != "good":
            with pytest.raises(WeightsError):
                load_model(model)
    unit = 1 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    report.write_text(str((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit / 2**20))


def test_no_harm_takes_memory(tmp_path: Path) -> None:
    make(tmp_path / "models" / "good")
    for name, (harm, _) in HARMS.items():
        shutil.copytree(tmp_path / "models" / "good", tmp_path / "models" / f"bad {name}")
        harm(tmp_path / "models" / f"bad {name}")
    assert end(start(measure, tmp_path / "models", tmp_path / "report")) == 0
    assert float((tmp_path / "report").read_text()) < 32


def test_a_flipped_bit_anywhere_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    """One bit of the first 120 bytes, where the checksum is, of 300 other bytes of the header and of 300 after it.

    Unnoticed goes only what hides the checksum's own name, and so leaves the tensors as they are.
    """
    folder, chance = make(tmp_path), random.Random(8)
    content, weights = (folder / MODEL).read_bytes(), load_model(folder).state_dict()
    length = 8 + int.from_bytes(content[:8], "little")
    unnoticed = []
    for place in (*range(120), *chance.sample(range(120, length), 300), *chance.sample(range(length, len(content)), 300)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        (folder / MODEL).write_bytes(flipped)
        try:
            loaded = load_model(folder).state_dict()
        except WeightsError:
            continue
        assert all(torch.equal(loaded[name], tensor) for name, tensor in weights.items())
        unnoticed.append(place)
    assert set(unnoticed) <= set(range(content.index(b"sha256"), content.index(b"sha256") + 6))


@pytest.mark.parametrize("name", ["missing", "a pickle", "a number of 5,000 digits"])
def test_the_page_stands_in_for_a_harmed_preset_and_says_why(name: str, tmp_path: Path) -> None:
    harm, words = HARMS[name]
    for preset in ("vae", "mmd", "report-vae", "report-mmd"):
        make(tmp_path / preset, preset)
    harm(tmp_path / "mmd")
    models, info = load_presets(tmp_path)
    assert set(models) == {"vae", "mmd"} and info.shown == {"vae": "vae", "mmd": "report-mmd"}
    (note,) = info.notes
    assert str(tmp_path / "mmd") in note and re.search(words, note)
    assert "Showing report-mmd in place of mmd; make it by `shapevae train mmd" in note


def test_a_model_may_be_as_large_as_a_file_and_no_larger() -> None:
    allowed = max(hidden for hidden in range(16, MAX_SIZE, 16) if is_allowed(hidden))
    assert size_of(allowed) <= MAX_BYTES < size_of(allowed + 16)


def is_allowed(hidden: int) -> bool:
    try:
        return bool(check_size(ModelConfig(hidden=hidden)))
    except ConfigError:
        return False


def size_of(hidden: int) -> int:
    model = Autoencoder(ModelConfig(hidden=hidden))
    return sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))


def test_checking_a_size_takes_no_memory_and_no_random_number() -> None:
    state = torch.get_rng_state()
    assert {tensor.device.type for tensor in check_size(ModelConfig()).values()} == {"meta"}
    assert torch.equal(torch.get_rng_state(), state)


def test_every_value_of_a_configuration_may_be_anything_json_has(tmp_path: Path) -> None:
    """Each value of config.json in turn replaced by one of each kind: the model loads, or it is a WeightsError."""
    folder = make(tmp_path)
    whole = json.loads((folder / CONFIG).read_text())
    kinds = (None, True, -1, 0, 1, 7, 10**400, -1e308, 5e-324, float("nan"), float("inf"), "", "text", [], [1], {}, {"a": 1})
    places = [(whole, key) for key in whole] + [(whole[part], key) for part in ("model", "shapes") for key in whole[part]]
    outcomes = set()
    for (part, key), kind in itertools.product(places, kinds):
        before, part[key] = part[key], kind
        (folder / CONFIG).write_text(json.dumps(whole))
        part[key] = before
        outcomes.add(outcome(folder))
    assert outcomes == {"loaded", "refused"}


def outcome(folder: Path) -> str:
    try:
        load_model(folder)
    except WeightsError as error:
        assert "\n" not in str(error)
        return "refused"
    return "loaded"
