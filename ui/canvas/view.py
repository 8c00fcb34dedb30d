"""Where the canvas looks: a scale and the place of the scene's origin on the screen."""

from dataclasses import dataclass

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in scene units."""

SMALLEST_SCALE = 0.04
LARGEST_SCALE = 4.0

FULL = 0.6
"""From this scale on cards show everything, and values hang under them."""


@dataclass(frozen=True)
class View:
    """Scene to screen: `screen = scene * scale + (x, y)`, in device independent pixels."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_screen(self, point: Point) -> Point:
        """The pixel that shows a point of the scene."""
        return point[0] * self.scale + self.x, point[1] * self.scale + self.y

    def to_scene(self, pixel: Point) -> Point:
        """The point of the scene under a pixel."""
        return (pixel[0] - self.x) / self.scale, (pixel[1] - self.y) / self.scale

    def box(self, width: float, height: float) -> Box:
        """The part of the scene that a window of this many pixels shows."""
        return (*self.to_scene((0.0, 0.0)), *self.to_scene((width, height)))

    def to_screen_box(self, box: Box) -> Box:
        """The pixels that show a part of the scene."""
        return (*self.to_screen(box[:2]), *self.to_screen(box[2:]))

    def moved(self, dx: float, dy: float) -> "View":
        """The view after the drawing was dragged by so many pixels."""
        return View(self.scale, self.x + dx, self.y + dy)

    def zoomed(self, factor: float, at: Point) -> "View":
        """The view magnified about a pixel, which keeps showing the same point."""
        scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, self.scale * factor))
        x, y = self.to_scene(at)
        return View(scale, at[0] - x * scale, at[1] - y * scale)


def fitting(box: Box, width: float, height: float, margin: float = 48.0, largest: float = 1.0) -> View:
    """The view that shows the whole box in the middle, magnified at most `largest` times."""
    left, top, right, bottom = box
    room_x, room_y = max(1.0, width - 2 * margin), max(1.0, height - 2 * margin)
    scale = min(largest, room_x / max(1.0, right - left), room_y / max(1.0, bottom - top))
    scale = max(SMALLEST_SCALE, scale)
    # Whole pixels keep the 1 px lines sharp.
    x = round(width / 2 - (left + right) / 2 * scale)
    y = round(height / 2 - (top + bottom) / 2 * scale)
    return View(scale, x, y)
