"""The command line: thin; every command calls one function of the package."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shapevae import __version__
from shapevae.allocator import keep_freed_memory
from shapevae.arguments import check_folder_of, expand, find_preset, parse_settings, training_time
from shapevae.config import MAX_SEED, PRESETS, ShapeConfig
from shapevae.errors import EXIT_CODE, ShapevaeError, Terminated, is_too_little_memory, raise_on_sigterm

# torch takes seconds to import: commands import what they need, so that --help does not wait.

app = typer.Typer(name="shapevae", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Repository = Annotated[str, typer.Argument(help="user/name on the Hub")]
IDEAL_AT = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]
AppUrl = Annotated[str | None, typer.Option("--app", metavar="URL", help="the full app, which the page links to")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show what would be sent, and send nothing")]


def main() -> None:
    """Entry point. A wrong call is one line on stderr and exit code 2, a failure one line and 1, SIGTERM in a training 143."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path may hold letters that the terminal's code page lacks
            stream.reconfigure(errors="backslashreplace")
    keep_freed_memory()
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="shapevae", standalone_mode=False))
    except typer.TyperException as error:
        fail(error.format_message(), 2)
    except typer.Abort:
        fail("stopped", 1)
    except (KeyboardInterrupt, Terminated) as stop:
        code = EXIT_CODE if isinstance(stop, Terminated) else 1
        fail("stopped; a training goes on from its last epoch with --resume", code)
    except Exception as error:  # what a user can cause is a sentence; anything else keeps its traceback
        if is_too_little_memory(error):
            fail("there is too little memory for this: ask for fewer --images, or end other programs", 1)
        if not isinstance(error, ShapevaeError | ValueError | OSError):
            raise
        fail(str(error), 1)


def fail(message: str, code: int) -> None:
    """One line on stderr, then the exit."""
    typer.echo(f"shapevae: {' '.join(message.split())}", err=True)
    sys.exit(code)


def show_version(wanted: bool) -> None:
    """Print the version and exit, where it is wanted."""
    if wanted:
        typer.echo(f"shapevae {__version__}")
        raise typer.Exit


@app.callback()
def shapevae(
    version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="show the version")] = False,
) -> None:
    """Train, measure and publish two generative autoencoders on drawn shapes."""


@app.command()
def train(
    preset: Annotated[str, typer.Argument(help=f"one of {', '.join(PRESETS)}")],
    out: Annotated[Path | None, typer.Option(help="folder to write [default: runs/PRESET]")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="passes over the pictures")] = None,
    images: Annotated[int | None, typer.Option(min=1, help="training pictures")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="seed of pictures, first weights and noise")] = None,
    set_: Annotated[list[str], typer.Option("--set", help="any other setting of the preset, as name=value")] = [],  # noqa: B006
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="go on from the last checkpoint in the folder")] = False,
    force: Annotated[bool, typer.Option("--force", help="write over a run that is in the folder")] = False,
    evaluate_images: Annotated[int, typer.Option(min=1, help="test pictures of the evaluation at the end")] = 10_000,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; more than one helps only on an idle machine")] = 1,
) -> None:
    """Train a preset; weights, figures and the sample pictures of each epoch go to the folder."""
    given = {"epochs": epochs, "images": images, "seed": seed}
    changes = parse_settings(set_) | {name: value for name, value in given.items() if value is not None}
    config = find_preset(preset).replace(**changes)
    raise_on_sigterm()
    import torch

    from shapevae.distributed import join_processes
    from shapevae.runs.train import train as run

    folder = out or Path("runs") / preset
    torch.set_num_threads(threads)
    with join_processes() as processes:
        run(config, folder, device=device, resume=resume, force=force, evaluate_images=evaluate_images, processes=processes)
    if processes.is_main:
        typer.echo(f"trained {preset}: {folder}")


@app.command()
def evaluate(
    folders: Annotated[list[Path], typer.Argument(help="folders of trained models, such as weights/vae")],
    images: Annotated[int, typer.Option(min=1, help="test pictures, and samples")] = 10_000,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the figures to this file")] = None,
) -> None:
    """Measure trained models: reconstructions, samples and information, with 95 % intervals."""
    from shapevae.evaluation import evaluate as measure
    from shapevae.files import as_json, write_whole
    from shapevae.table import render_table
    from shapevae.weights import load_model

    check_folder_of(json_file)
    models = {folder: load_model(folder) for folder in expand(folders)}
    results = {
        str(folder): measure(model, images=images, train_seconds=training_time(folder)) for folder, model in models.items()
    }
    if json_file:
        write_whole(json_file, as_json({name: result.to_dict() for name, result in results.items()}))
    typer.echo(render_table(results))


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="folder of a trained model, such as weights/vae")],
    out: Annotated[Path, typer.Option(help="PNG file to write")],
    count: Annotated[int, typer.Option(min=1, max=10_000, help="pictures in the grid")] = 25,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="seed of all randomness")] = 0,
    passes: Annotated[int, typer.Option(min=0, max=100, help="how often each picture is reconstructed again")] = 0,
) -> None:
    """Write a grid of pictures of random codes."""
    from shapevae.files import write_whole
    from shapevae.images.write import grid, to_png
    from shapevae.weights import load_model

    check_folder_of(out)
    write_whole(out, to_png(grid(load_model(folder).sample(count, seed, passes=passes))))
    typer.echo(f"wrote {out}")


@app.command()
def ideal(
    distortions: Annotated[list[float], typer.Argument(help="squared errors an image")] = IDEAL_AT,
    image_size: Annotated[int, typer.Option(help="pixels a side of the pictures")] = 64,
) -> None:
    """Print how few bits could tell a drawn shape to within a squared error, upright and rotated."""
    import torch

    from shapevae.bounds import render_ideal

    torch.set_num_threads(1)  # its steps are small
    configs = [ShapeConfig(image_size=image_size, rotated=rotated) for rotated in (False, True)]
    typer.echo("\n\n".join(render_ideal(config, distortions) for config in configs))


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="folder for the page and its pictures")] = Path("docs/report"),
    seeds: Annotated[int, typer.Option(min=1, help="seeds of the main table")] = 5,
    jobs: Annotated[int, typer.Option(min=1, help="trainings side by side, on a thread each")] = os.cpu_count() or 1,
    runs: Annotated[Path, typer.Option(help="folder that keeps finished trainings")] = Path("runs/report"),
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Redo the report of 2021: train what is needed and write the page. Takes about an hour; goes on where it was stopped."""
    from shapevae.report.make import make_report

    make_report(out, seeds=seeds, jobs=jobs, runs=runs, device=device, say=typer.echo)


@app.command()
def push_weights(
    repo_id: Annotated[str, typer.Argument(help="user/name on the Hub, or user/name@branch")],
    weights: Annotated[Path, typer.Option(help="folder with a folder a model")] = Path("weights"),
    private: Annotated[bool, typer.Option("--private", help="make a new repository private")] = False,
    dry_run: DryRun = False,
) -> None:
    """Push the weights and a model card to the Hub, in one commit. The token comes from HF_TOKEN or `hf auth login`."""
    from shapevae.publish.weights import push_weights as push

    push(repo_id, weights=weights, private=private, dry_run=dry_run, tell=typer.echo)


@app.command()
def push_space(
    repo_id: Repository,
    hardware: Annotated[str | None, typer.Option(help="what the Space runs on, such as zero-a10g")] = None,
    static: Annotated[bool, typer.Option("--static", help="push the static page, which needs no hardware")] = False,
    app_url: AppUrl = None,
    dry_run: DryRun = False,
    out: Annotated[Path | None, typer.Option(help="also write the Space's folder here; it runs as it is")] = None,
) -> None:
    """Push the app to a Hugging Face Space and wait until it runs; call it in the project's folder."""
    if static and hardware:
        raise typer.BadParameter("--static takes no --hardware: a static Space runs nowhere")
    if static:
        from shapevae.publish.page import push_page

        push_page(repo_id, app=app_url, dry_run=dry_run, out=out, tell=typer.echo)
    else:
        from shapevae.publish.space import push_space as push

        push(repo_id, hardware=hardware, dry_run=dry_run, out=out, tell=typer.echo)


@app.command()
def page(out: Annotated[Path, typer.Option(help="new or empty folder")], app_url: AppUrl = None) -> None:
    """Write the static page, for any web server: it computes in the browser. Call it in the project's folder."""
    from shapevae.publish.page import write_page

    write_page(out, app=app_url, tell=typer.echo)
