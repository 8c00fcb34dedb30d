"""The colours of the window: light, dark and high contrast, each one frozen value.

Tokens are names for a use, not for a hue. Those that end in `_text` are for words: they keep a contrast of
4.5:1 on every ground; their namesakes without are for lines, bars and fills. `faint` is decoration only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colours as `#rrggbb`, by use."""

    name: str
    dark: bool

    canvas: str
    panel: str
    node: str
    field: str
    hover: str
    line: str
    edge: str
    grid: str
    wire: str

    text: str
    secondary: str
    faint: str

    accent: str
    accent_hover: str
    accent_text: str
    accent_ground: str
    on_accent: str

    error: str
    error_text: str
    error_ground: str
    warning_text: str
    ok: str
    ok_text: str

    code: str
    code_line: str
    code_keyword: str
    code_string: str
    code_number: str

    categories: Mapping[str, str]

    def category(self, name: str) -> str:
        """The colour of a layer's category; that of shapes for one without a colour of its own."""
        return self.categories.get(name, self.categories["shape"])


GROUNDS = ("canvas", "panel", "node", "field", "hover", "accent_ground", "error_ground", "code", "code_line")
"""Tokens that words may stand on."""

TEXTS = (
    "text", "secondary", "accent_text", "error_text", "warning_text", "ok_text",
    "code_keyword", "code_string", "code_number",
)  # fmt: skip
"""Tokens that words may have, on any of the grounds."""

_CATEGORIES = MappingProxyType(
    {
        "input": "#6b7280",
        "linear": "#3b7dd8",
        "convolution": "#0f8f8c",
        "pooling": "#8a6fd1",
        "normalisation": "#b7791f",
        "activation": "#d1537a",
        "attention": "#c0562b",
        "recurrent": "#c0562b",
        "regularisation": "#8c6d5a",
        "merge": "#5b8c2a",
        "shape": "#7b7f87",
        "reduce": "#7b7f87",
        "loss": "#b3261e",
        "module": "#2f6fed",
        "structure": "#2f6fed",
    }
)

LIGHT = Theme(
    name="light",
    dark=False,
    canvas="#f6f7f9",
    panel="#ffffff",
    node="#ffffff",
    field="#f6f7f9",
    hover="#eef1f5",
    line="#e3e6eb",
    edge="#cfd5dd",
    grid="#dfe3e9",
    wire="#8b95a3",
    text="#1d232c",
    secondary="#5f6975",
    faint="#98a1ad",
    accent="#2f6fed",
    accent_hover="#1f5ed6",
    accent_text="#1f5ed6",
    accent_ground="#e8f0fe",
    on_accent="#ffffff",
    error="#c93a3a",
    error_text="#c02f2f",
    error_ground="#fdecec",
    warning_text="#8f5a06",
    ok="#1f8a5b",
    ok_text="#17784e",
    code="#fbfbfc",
    code_line="#eaf1ff",
    code_keyword="#7a3fc0",
    code_string="#17784e",
    code_number="#1560b8",
    categories=_CATEGORIES,
)

DARK = Theme(
    name="dark",
    dark=True,
    canvas="#15181d",
    panel="#1c2027",
    node="#232831",
    field="#15181d",
    hover="#272d37",
    line="#2c323c",
    edge="#3a424e",
    grid="#262b34",
    wire="#7b8696",
    text="#e6e9ee",
    secondary="#9aa4b2",
    faint="#6c7684",
    accent="#6ea1ff",
    accent_hover="#8ab4ff",
    accent_text="#6ea1ff",
    accent_ground="#22304a",
    on_accent="#10141a",
    error="#ff7b72",
    error_text="#ff7b72",
    error_ground="#3a2326",
    warning_text="#e0a84a",
    ok="#4cc38a",
    ok_text="#4cc38a",
    code="#191d23",
    code_line="#22304a",
    code_keyword="#c7a3ff",
    code_string="#7fd6a6",
    code_number="#79b8ff",
    categories=MappingProxyType({**_CATEGORIES, "input": "#8a93a3", "loss": "#e5625a"}),
)

CONTRAST = Theme(
    name="contrast",
    dark=True,
    canvas="#000000",
    panel="#000000",
    node="#000000",
    field="#000000",
    hover="#2b2b2b",
    line="#b8b8b8",
    edge="#ffffff",
    grid="#3d3d3d",
    wire="#e0e0e0",
    text="#ffffff",
    secondary="#e4e4e4",
    faint="#b8b8b8",
    accent="#ffd60a",
    accent_hover="#ffe766",
    accent_text="#ffd60a",
    accent_ground="#3a3000",
    on_accent="#000000",
    error="#ff8f87",
    error_text="#ff8f87",
    error_ground="#3d0a0a",
    warning_text="#ffc266",
    ok="#5ff0a5",
    ok_text="#5ff0a5",
    code="#000000",
    code_line="#3a3000",
    code_keyword="#dcc0ff",
    code_string="#8ff0bd",
    code_number="#9fd0ff",
    categories=MappingProxyType(
        {
            "input": "#c3c9d4",
            "linear": "#6fb0ff",
            "convolution": "#3fd9d4",
            "pooling": "#c3adff",
            "normalisation": "#ffbe4d",
            "activation": "#ff8fb3",
            "attention": "#ff9466",
            "recurrent": "#ff9466",
            "regularisation": "#d9b39b",
            "merge": "#a4e05a",
            "shape": "#cfd3da",
            "reduce": "#cfd3da",
            "loss": "#ff7a70",
            "module": "#7ba8ff",
            "structure": "#7ba8ff",
        }
    ),
)

THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (LIGHT, DARK, CONTRAST)})
"""Every theme by its name, as it stands in the settings."""


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    bright, dim = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def mix(a: str, b: str, part: float) -> str:
    """The colour that lies `part` of the way from `a` to `b`."""
    pairs = zip(_channels(a), _channels(b), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * part):02x}" for x, y in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
