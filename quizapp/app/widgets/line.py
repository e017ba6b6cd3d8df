"""One line with something at either end."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class Line(Widget):
    """Left and right on one line; the left gives way if both do not fit."""

    DEFAULT_CSS = "Line { height: 1; }"

    def __init__(
        self,
        left: Content | str = "",
        right: Content | str = "",
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.left = Content(left) if isinstance(left, str) else left
        self.right = Content(right) if isinstance(right, str) else right

    def show(self, left: Content | None = None, right: Content | None = None) -> None:
        """Change one side or both."""
        self.left = self.left if left is None else left
        self.right = self.right if right is None else right
        self.refresh()

    def render(self) -> Content:
        """Draw it."""
        return spread(self.left, self.right, self.content_size.width)


def spread(left: Content, right: Content, width: int, *, keep_left: bool = False) -> Content:
    """One line of ``width`` cells; one side gives way if both do not fit, the left by default."""
    if width <= 0:
        return Content("")
    if keep_left:
        right = right.truncate(max(0, width - left.cell_length - 2), ellipsis=True)
    right = right.truncate(width, ellipsis=True)
    room = max(0, width - right.cell_length - (2 if right else 0))
    left = left.truncate(room, ellipsis=True)
    gap = width - left.cell_length - right.cell_length
    return Content("").join([left, Content(" " * max(0, gap)), right])
