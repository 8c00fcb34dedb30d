"""What the check.py of every framework is told of a design: the texts have places for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .comparison import COMPARISON
from .values import written


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The design that check.py checks: `maker` in the code file of the stem `file` builds the model.

    `inputs` and `outputs` are the sample's; `ties` name tensors that are others; `tensors` are those of the
    model's state, each with whether it is learnt; random weights are drawn from `seed`.
    """

    file: str
    maker: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    ties: Mapping[str, str]
    tensors: Mapping[str, bool]
    seed: int

    def filled(self, text: str, **more: str) -> str:
        """The text with its places filled, such as `<FILE>`; `more` are what one framework alone has."""
        places = {
            "COMPARISON": COMPARISON.strip(),
            "FILE": self.file,
            "MAKER": self.maker,
            "INPUTS": written(tuple(self.inputs), {}),
            "OUTPUTS": written(tuple(self.outputs), {}),
            "SEED": str(self.seed),
            "TIED": _dictionary(self.ties),
            "TENSORS": _dictionary(self.tensors),
        }
        return filled(text, {**places, **more})


def filled(text: str, places: Mapping[str, str]) -> str:
    """The text with its places filled, in their order: what is put in may have places of later ones."""
    for place, value in places.items():
        text = text.replace(f"<{place}>", value)
    return text


def _dictionary(values: Mapping[str, object]) -> str:
    """The source of a dictionary, an entry a line."""
    lines = [f"    {written(name, {})}: {written(value, {})},\n" for name, value in values.items()]
    return "{\n" + "".join(lines) + "}" if lines else "{}"
