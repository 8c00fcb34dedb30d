"""Which function says in our layers what a module of PyTorch does; `plain` where none is named."""

from collections.abc import Callable
from typing import Any

from core.layers import LAYERS

from .bench import Bench, Missing
from .plain import layer_name, plain
from .samples import Sample
from .translate_elementwise import ELEMENTWISE
from .translate_losses import LOSSES
from .translate_sequences import SEQUENCES
from .translate_spatial import SPATIAL
from .translate_transformers import TRANSFORMERS

Translation = Callable[..., Any]

TRANSLATIONS: dict[str, Translation] = {**ELEMENTWISE, **LOSSES, **SPATIAL, **SEQUENCES, **TRANSFORMERS}


def translate(bench: Bench, module: Any, sample: Sample) -> Any:
    """What our layers give for the sample, in the module's structure; None for what has no port.

    Raises Missing where no layer of ours, or no argument of it, does what the module does.
    """
    name = layer_name(module)
    if name not in TRANSLATIONS and name not in LAYERS:
        raise Missing(name)
    translation: Any = TRANSLATIONS.get(name, plain)
    return translation(bench, module, *sample.inputs, **sample.input_keywords)
