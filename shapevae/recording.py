"""A training step recorded as one CUDA graph, which a GPU runs without waiting for Python."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from shapevae.config import TrainConfig
from shapevae.losses import LossTerms, Moment

_BEFORE = 3  # steps taken as they are: they make the optimisers' averages and the libraries' workspaces

Step = Callable[[Tensor, Moment], LossTerms]


class RecordedStep:
    """A training step on a GPU: the first three calls take it as it is, the fourth records it, and from then on it is replayed.

    A step of networks this small is hundreds of kernels of a few microseconds each, and Python takes longer to launch them one
    by one than the GPU to run them. A graph fixes addresses: each call copies its images and its moment to where the recorded
    kernels read them. What `config` says is recorded with the step.
    """

    def __init__(self, step: Step, generator: torch.Generator, config: TrainConfig) -> None:
        self.config = config
        self._step, self._generator = step, generator
        self._stream = torch.cuda.Stream()
        self._graph: torch.cuda.CUDAGraph | None = None
        self._calls = 0

    def __call__(self, images: Tensor, moment: Moment) -> LossTerms:
        """Take a step with images (N, 1, H, W), as many in each call; returns its loss terms, without gradients."""
        if not self._calls:
            self._images, self._moment = torch.empty_like(images), Moment(*(images.new_empty(()) for _ in moment))
        self._calls += 1
        self._images.copy_(images)
        for held, value in zip(self._moment, moment, strict=True):
            held.fill_(value)  # type: ignore[union-attr]
        if self._calls <= _BEFORE:
            return self._as_it_is()
        if self._graph is None:
            self._record()
        self._graph.replay()  # type: ignore[union-attr]
        return _apart(self._terms)

    def _as_it_is(self) -> LossTerms:
        """On the stream that records, since gradients are summed on the stream that first saw them."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            terms = _apart(self._step(self._images, self._moment))
        torch.cuda.current_stream().wait_stream(self._stream)
        return terms

    def _record(self) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(self._generator)
        with torch.cuda.graph(self._graph, stream=self._stream):
            self._terms = self._step(self._images, self._moment)


def _apart(terms: LossTerms) -> LossTerms:
    """A copy: the next replay writes over these."""
    return LossTerms(*torch.stack([terms.loss, terms.distortion, terms.penalty]).detach().unbind())
