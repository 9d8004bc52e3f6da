"""The app's named endpoints: what the page does, for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component
from PIL import Image

from demo.views import drawing
from demo.views import results as views
from demo.views.checks import choice, whole
from demo.views.latent import decode_own, interpolate
from demo.widgets.events import errors_as_sentences
from shapevae.images.read import SIZE
from shapevae.images.write import grid, to_pil
from shapevae.judge import judge_shapes


class Endpoints:
    """One method an endpoint, its docstring the endpoint's documentation."""

    def __init__(self, models: views.Models, measured: dict[str, Any]) -> None:
        self.models, self.measured = models, measured

    @errors_as_sentences
    def generate_shape(self, kind: str = "random", size: float = 0.5, angle: float = 0.0, seed: int = 0) -> Image.Image:
        """Draw one white shape on black, 64 × 64 pixels, wholly inside the frame.

        Args:
            kind: "circle", "rectangle", "triangle", or "random", where the seed chooses.
            size: from 0, the smallest shape, to 1, the largest that fits.
            angle: degrees, counter-clockwise, from -360 to 360.
            seed: whole number of at least 0; it fixes the place and the proportions.

        Returns:
            The picture, PNG.
        """
        return to_pil(drawing.draw_setting(kind, size, angle, seed)[0])

    @errors_as_sentences
    def reconstruct(self, image: bytes) -> tuple[Any, ...]:
        """Rebuild a picture of one shape with each model.

        Args:
            image: a picture file (PNG, JPEG, WebP, GIF, BMP, TIFF) of any size; outlines are filled, dark on light turned over.

        Returns:
            The reconstruction by the VAE (PNG), that by the adjusted VAE (PNG), and figures of each model ("vae", "mmd"):
            squared_error (sum over the 64 × 64 pixels), mse_per_pixel and bits. /judge names what is on any of the pictures.
        """
        rebuilt = views.reconstruct(self.models, drawing.read_upload(image))
        pictures = (to_pil(rebuilt[name].image) for name in views.NAMES)
        return (*pictures, {name: views.figures(rebuilt[name]) for name in views.NAMES})

    @errors_as_sentences
    def judge(self, image: bytes) -> dict[str, Any]:
        """Name the shape on a picture: the nearest true circle, rectangle or triangle, and how near it is.

        Args:
            image: a picture file; it is read as /reconstruct reads it.

        Returns:
            kind, iou (soft intersection over union with the nearest true shape, from 0 to 1), and distinguishable: whether
            the iou is at least 0.9, which counts as a shape that one would name.
        """
        return views.judged_figures(judge_shapes(drawing.read_upload(image)))

    @errors_as_sentences
    def sample(self, count: int = 25, seed: int = 0) -> tuple[Any, ...]:
        """Random pictures by each model, of one seed, as two grids.

        The standard normal draws are the same; a model with fewer dimensions gets the first of them.

        Args:
            count: how many pictures, from 4 to 100.
            seed: whole number of at least 0; the same seed gives the same pictures.

        Returns:
            The grid by the VAE (PNG), that by the adjusted VAE (PNG), and count, seed, columns and gap of the grids.
        """
        settings = views.sample_settings(count, seed)
        grids = views.sample(self.models, settings)
        pictures = [to_pil(grid(grids[name])) for name in views.NAMES]
        return (*pictures, views.grid_figures(settings))

    @errors_as_sentences
    def interpolate(self, image_a: bytes, image_b: bytes, steps: int = 9) -> tuple[Any, ...]:
        """Walk straight from one picture to another through each model's latent space.

        Args:
            image_a: a picture file; it is read as /reconstruct reads it.
            image_b: a picture file.
            steps: how many pictures, from 2 to 64, both ends included.

        Returns:
            The pictures by the VAE in one row (PNG), those by the adjusted VAE (PNG), and steps, gap and size of the rows.
        """
        count = whole(steps, "The number of steps", 2, 64)
        ends = drawing.read_upload(image_a), drawing.read_upload(image_b)
        rows = [to_pil(views.strip(interpolate(self.models[name], *ends, count, False))) for name in views.NAMES]
        return (*rows, {"steps": count, "gap": 2, "size": SIZE})

    @errors_as_sentences
    def decode(self, model: str = "vae", code: list[float] | None = None) -> Image.Image:
        """The picture a model decodes from a code.

        Args:
            model: "vae" or "mmd".
            code: numbers from -100 to 100, one a latent dimension, in the model's own order and units; the middle if left out.

        Returns:
            The picture, PNG, 64 × 64 pixels.
        """
        return to_pil(decode_own(self.models[choice(model, "The model", list(views.NAMES))], code))

    def information(self) -> dict[str, Any]:
        """What the latent layers carry.

        Returns:
            For each model ("vae", "mmd"): rate in bits an image and its split into mutual information and marginal KL,
            bits a dimension, designed rate, active units, distances from a Gaussian, and errors, with 95 % intervals.
        """
        return self.measured


def publish(models: views.Models, measured: dict[str, Any]) -> None:
    """Add the endpoints, with components that document them and stay hidden; measured: the figures of /information."""
    ends = Endpoints(models, measured)
    kind = gr.Radio(list(drawing.KIND_CHOICES), value="random", label="Kind")
    size, angle, seed = gr.Number(0.5, label="Size"), gr.Number(0, label="Angle"), gr.Number(0, label="Seed")
    _endpoint(ends.generate_shape, [kind, size, angle, seed], [_image("Shape")])
    _endpoint(ends.reconstruct, [_file("Picture")], [*_pair("Reconstruction"), _figures()])
    _endpoint(ends.judge, [_file("Picture")], [_figures()])
    _endpoint(ends.sample, [gr.Number(25, label="Count"), seed], [*_pair("Grid"), _figures()])
    walk = [_file("Picture A"), _file("Picture B"), gr.Number(9, label="Steps")]
    _endpoint(ends.interpolate, walk, [*_pair("Interpolation"), _figures()])
    _endpoint(ends.decode, [gr.Radio(list(views.NAMES), value="vae", label="Model"), _numbers("Code")], [_image("Picture")])
    _endpoint(ends.information, [], [_figures()])


def _endpoint(method: Callable[..., Any], inputs: list[Component], outputs: list[Component]) -> None:
    gr.Button().click(method, inputs, outputs, api_name=method.__name__, concurrency_id="light", concurrency_limit=4)


def _file(label: str) -> gr.File:
    return gr.File(label=label, type="binary")


def _numbers(label: str) -> gr.JSON:
    """Said to be what it is: of any JSON, as Gradio says it, no valid schema can be made for MCP."""
    numbers = gr.JSON(label=label)
    kind = {"type": "array", "items": {"type": "number"}, "description": "a list of numbers"}
    numbers.api_info = lambda: kind  # type: ignore[method-assign]
    return numbers


def _figures() -> gr.JSON:
    return gr.JSON(label="Figures")


def _image(label: str) -> gr.Image:
    return gr.Image(label=label, format="png")


def _pair(label: str) -> list[gr.Image]:
    return [_image(f"{label} by the {name}") for name in views.NAMES.values()]
