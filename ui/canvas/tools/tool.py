"""What every state of the mouse answers to; each answer is the state that follows."""

from ..stage import Key, Pointer, Stage


class Tool:
    """A state that ignores everything; Escape ends it."""

    def on_press(self, stage: Stage, pointer: Pointer) -> "Tool":
        """A button went down."""
        return self

    def on_double(self, stage: Stage, pointer: Pointer) -> "Tool":
        """A button was clicked twice."""
        return self

    def on_move(self, stage: Stage, pointer: Pointer) -> "Tool":
        """The mouse moved."""
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> "Tool":
        """A button came up."""
        return self

    def on_key(self, stage: Stage, key: Key) -> "Tool":
        """A key went down."""
        return self.on_cancel(stage) if key.name == "Escape" else self

    def on_cancel(self, stage: Stage) -> "Tool":
        """Everything that the gesture did is to be taken back."""
        return self

    @property
    def cursor(self) -> str:
        """The shape of the mouse pointer: `arrow`, `closed hand`, `cross` or `open hand`."""
        return "arrow"
