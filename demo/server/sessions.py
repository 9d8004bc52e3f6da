"""What a new visitor costs: Gradio describes every component anew for each session; here they share the descriptions."""

from __future__ import annotations

from typing import Any

from gradio.blocks import BlocksConfig


class SharedConfig(BlocksConfig):
    """A page's components and events. Each session takes a copy; the copies share what they say of the page's own components.

    described: by the number of a component; None for the page itself, whose components may still change.
    """

    described: dict[int, dict[str, Any]] | None = None

    def __copy__(self) -> SharedConfig:
        mine = SharedConfig(self.root_block)
        mine.__dict__.update(super().__copy__().__dict__)
        mine.described = self.__dict__.setdefault("_of_all", {})
        return mine

    def config_for_block(  # type: ignore[override]
        self, _id: int, rendered_ids: list[int], block: Any, renderable: Any = None
    ) -> dict[str, Any]:
        of_the_page = self.root_block.blocks.get(_id) is block
        if self.described is None or renderable or not of_the_page:
            return super().config_for_block(_id, rendered_ids, block, renderable)
        if _id not in self.described:
            self.described[_id] = super().config_for_block(_id, rendered_ids, block)
        shared = self.described[_id]
        return {**shared, "props": dict(shared["props"])}  # where the session keeps its own value
