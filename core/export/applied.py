"""Expressions in a layer's arguments, which stand as `<name>` in a template."""

import re
from typing import Any


def with_arguments(template: str, layer: Any) -> str:
    """The template with the layer's arguments, as the user wrote them, for their names."""
    arguments = {spec.name: getattr(layer, spec.name) for spec in layer.arguments}
    return re.sub(r"<(\w+)>", lambda name: str(arguments[name[1]]), template)
