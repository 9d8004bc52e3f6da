"""demo/widgets/engine.js beside torch, on every preset's weights and on a model of other sizes, in Chromium and in Node."""

import base64
import dataclasses
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from demo.views import drawing
from shapevae.config import ModelConfig, ShapeConfig
from shapevae.images.outlines import fill_outline
from shapevae.information import code_bits
from shapevae.losses import squared_error
from shapevae.model import Autoencoder, prior_draws
from shapevae.shapes import draw_factors, draw_shapes, render
from shapevae.weights import load_model, page_files
from tests.support.site import served

ROOT = Path(__file__).parents[2]
PRESETS = sorted(path.parent.name for path in (ROOT / "weights").glob("*/model.safetensors"))
SEEDS = [0, 7, 2**31 - 1]
Run = Callable[[str, dict[str, Any]], Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for file in (*(ROOT / "demo" / "widgets").glob("*.js"), Path(__file__).with_name("engine_job.js")):
        shutil.copy(file, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "index.html").write_text('<meta http-equiv="Content-Security-Policy" content="script-src \'self\'">')
    return folder


@pytest.fixture(scope="module", params=["chromium", "node"])
def run(request: pytest.FixtureRequest, folder: Path) -> Iterator[Run]:
    """run("compute", job) calls that function of engine_job.js on a job."""
    if request.param == "node":
        node = shutil.which("node") or pytest.skip("there is no Node here")

        def run_in_node(name: str, job: dict[str, Any]) -> Any:
            script = "const fs = await import('fs'); const engine = await import('./engine_job.js');"
            script += f"console.log(JSON.stringify(engine.{name}(JSON.parse(fs.readFileSync(0)))))"
            command = [str(node), "--input-type=module", "-e", script]
            return json.loads(
                subprocess.run(command, input=json.dumps(job), capture_output=True, cwd=folder, text=True, check=True).stdout
            )

        yield run_in_node
        return
    with served(folder) as address:
        page = request.getfixturevalue("chromium").new_page()
        page.goto(address)
        yield lambda name, job: page.evaluate(f"async (job) => (await import('/engine_job.js')).{name}(job)", job)
        page.close()


def other_model() -> Autoencoder:
    """Untrained, of sizes that no block of the loops divides."""
    torch.manual_seed(0)
    sizes = {"image_size": 32, "latent_dim": 3, "encoder_width": 5, "encoder_layers": 1, "hidden": 21}
    decoder = {"decoder_width": 7, "decoder_grid": 8, "decoder_layers": 2, "trunk_layers": 2, "gate_sharpness": 3.0}
    return Autoencoder(ModelConfig(**sizes, **decoder, prior_variance=3.0, noise_variance=0.1)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("halves", [False, True], ids=["float32", "float16"])
@pytest.mark.parametrize("name", [*PRESETS, "other"])
def test_it_computes_what_torch_computes(run: Run, name: str, halves: bool) -> None:
    """The same weights in both; torch's own rounding in single precision is larger than the engine's, so it has double."""
    model = other_model() if name == "other" else load_model(ROOT / "weights" / name)
    files = page_files(model) if halves else parts(model)
    x = draw_shapes(2, 1, model.shapes).images
    job = {"config": dataclasses.asdict(model.config), "images": x.flatten(1).tolist(), "seeds": SEEDS}
    got = run("compute", job | {part: text(content) for part, content in files.items()})
    exact = (model.half() if halves else model).double()
    with torch.inference_mode():
        code, samples = exact.encode(x.double()), [decoded_samples(exact, seed) for seed in SEEDS]
        rebuilt = exact.decode(code.mean)
        refined = exact.refine(decoded_samples(exact, SEEDS[0], 1.5), 1)
    want = {
        "mean": code.mean,
        "std": code.std.expand_as(code.mean),
        "bits": code_bits(code.mean, code.std, model.config.prior_variance),
        "rebuilt": rebuilt,
        "errors": squared_error(x.double(), rebuilt),
        "samples": torch.stack(samples),
        "refined": refined,
    }
    for key, tensor in want.items():
        assert tensor is not None
        scale = 1000 if key == "errors" else 1  # a sum over pixels
        assert (torch.tensor(got[key]).flatten() - tensor.flatten()).abs().max() <= 1e-5 * scale, key


def decoded_samples(model: Autoencoder, seed: int, spread: float = 1.0) -> torch.Tensor:
    return model.decode(model.draw_prior(3, seed).double() * spread)


def parts(model: Autoencoder) -> dict[str, bytes]:
    state = model.state_dict()
    return {part: save({name: state[name] for name in state if name.startswith(part)}) for part in ("encoder", "decoder")}


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("name", PRESETS)
def test_float16_costs_next_to_nothing(name: str) -> None:
    x = draw_shapes(500, 1, (model := load_model(ROOT / "weights" / name)).shapes).images
    with torch.inference_mode():
        before, after = model.reconstruct(x), model.half().float().reconstruct(x)
    assert squared_error(before, after).mean() <= 0.01 * squared_error(x, before).mean()


def test_a_seed_gives_the_same_codes_bit_for_bit(run: Run) -> None:
    count, dimensions = 2000, 16  # some fall into the ziggurat's edges, and some into its tail
    got = run("draws", {"count": count, "dimensions": dimensions, "seeds": SEEDS})
    for seed, values in zip(SEEDS, got, strict=True):
        assert np.float32(values).tobytes() == prior_draws(count, dimensions, seed).numpy().tobytes()


@pytest.mark.parametrize("rotated", [False, True])
def test_shapes_are_drawn_alike(run: Run, rotated: bool) -> None:
    factors = draw_factors(40, 3, ShapeConfig(rotated=rotated))
    names = {"kind": "kinds"} | {name: name for name in ("x", "y", "half_width", "half_height", "angle")}
    listed = [{key: float(getattr(factors, name)[i]) for key, name in names.items()} for i in range(len(factors))]
    for side in (32, 64):
        got = torch.tensor(run("shapes", {"factors": listed, "side": side}))
        assert (got.flatten() - render(factors, side).flatten()).abs().max() <= 1e-5


def test_a_setting_that_a_seed_names_is_the_same(run: Run) -> None:
    wanted = [(kind, seed) for kind in drawing.KIND_CHOICES for seed in (0, 7, 1234, 2**31 - 1)]
    got = run("named", {"wanted": wanted, "config": vars(drawing.SHAPES)})
    for (kind, seed), found in zip(wanted, got, strict=True):
        setting = drawing.seed_setting(kind, seed)
        assert found["setting"] == pytest.approx(vars(setting), abs=1e-12)
        assert (torch.tensor(found["image"]) - drawing.draw(setting).flatten()).abs().max() <= 1e-5


def test_outlines_are_filled_alike(run: Run) -> None:
    """Open and closed ones, with gaps of all widths, beside each other and inside of each other."""
    images = [gappy_circles(seed) for seed in range(40)]
    got = run("filled", {"images": [image.flatten().tolist() for image in images]})
    want = torch.stack([fill_outline(image, 1) for image in images])
    assert torch.equal(torch.tensor(got), want.flatten(1))
    assert 10 < sum(not torch.equal(a, b) for a, b in zip(images, want, strict=True)) < 40


def gappy_circles(seed: int) -> torch.Tensor:
    """Rings of ink, (64, 64), each without a few degrees."""
    random = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    image = torch.zeros(64, 64)
    for _ in range(1 + seed % 3):
        across, down, radius, gap = (torch.rand(4, generator=random) * torch.tensor([40, 40, 16, 0.6])).tolist()
        u, v = x - across - 12, y - down - 12
        ring = (1.6 - (torch.hypot(u, v) - radius - 4).abs()).clamp(0, 1)
        image = torch.maximum(image, ring * (torch.atan2(v, u).abs() >= gap))
    return image


def test_a_weights_file_that_cannot_be_used_gets_a_sentence(run: Run) -> None:
    model = other_model()
    whole, config = page_files(model)["decoder"], dataclasses.asdict(model.config)
    model.decoder.out.bias.data[0] = float("nan")
    wrong = {
        whole[:-1]: "it is cut short",
        whole[:5]: "it is cut short",
        whole[:8] + b"x" + whole[9:]: "its header is damaged",
        page_files(model)["decoder"]: "decoder.out.bias holds values that are not finite",
        page_files(model)["encoder"]: "decoder.trunk.0.both.weight is not what its configuration says",
    }
    for content, reason in wrong.items():
        assert run("read", {"config": config, "file": text(content)}) == f"The weights file can't be used: {reason}."
    other = run("read", {"config": config | {"hidden": 22}, "file": text(whole)})
    assert other == "The weights file can't be used: decoder.trunk.0.both.weight is not what its configuration says."
    assert run("read", {"config": config, "file": text(whole)}) == ""
