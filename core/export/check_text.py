"""What the check.py of every framework is told of a design: the texts have places for it."""

from collections.abc import Mapping, Sequence

from .comparison import COMPARISON
from .values import written


def places(
    *,
    file: str,
    maker: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    ties: Mapping[str, str],
    seed: int,
) -> dict[str, str]:
    """What stands for `<FILE>`, `<MAKER>` and the others."""
    return {
        "COMPARISON": COMPARISON.strip(),
        "FILE": file,
        "MAKER": maker,
        "INPUTS": written(tuple(inputs), {}),
        "OUTPUTS": written(tuple(outputs), {}),
        "SEED": str(seed),
        "TIED": dictionary(ties),
    }


def filled(text: str, places: Mapping[str, str]) -> str:
    """The text with its places filled, in their order: what is put in may have places of later ones."""
    for place, value in places.items():
        text = text.replace(f"<{place}>", value)
    return text


def dictionary(values: Mapping[str, object]) -> str:
    """The source of a dictionary, an entry a line."""
    lines = [f"    {written(name, {})}: {written(value, {})},\n" for name, value in values.items()]
    return "{\n" + "".join(lines) + "}" if lines else "{}"
