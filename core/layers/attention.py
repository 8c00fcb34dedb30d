"""Layers in which each place of a sequence looks at all others and takes what fits."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import text
from ..initialise import Constant, FanInUniform, XavierUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, counted, real, sequence
from .layer import Example, Layer, Size, Tensor, argument
from .spelling import Spelling, code


class ScaledDotProductAttention(Layer):
    """Each query takes a mix of the values, more of those whose keys resemble it.

    The last two axes are steps and features; what stands in front (batch, heads) is the same for all three.
    """

    category = "attention"
    formula = "y = softmax(q · kᵀ / √features) · v"
    keywords = ("SDPA", "query", "key", "value", "transformer", "causal", "flash attention")
    example = Example(inputs={"q": (2, 3, 4), "k": (2, 5, 4), "v": (2, 5, 3)})

    causal: bool = argument(
        default=False, help="Whether each step looks only at itself and those before it, as a decoder must"
    )
    p: float = argument(
        default=0.0, minimum=0.0, maximum=1.0, help="The part of the weights that is dropped while training"
    )

    def forward(self, q: Ref, k: Ref, v: Ref, *, training: bool) -> Ref:
        """(…, T, E), (…, S, E), (…, S, V) -> (…, T, V)."""
        for port, x in (("q", q), ("k", k), ("v", v)):
            axes_at_least(port, real(port, x), 2, "steps and features")
        _same_in_front("k", k.type, "q", q.type)
        _same_in_front("v", v.type, "q", q.type)
        _same_size("k", k.type, -1, "features", "q", q.type)
        _same_size("v", v.type, -2, "steps", "k", k.type)
        return attend(q, k, v, causal=self.causal, dropped=self.p if training else 0.0)

    def pytorch(self, q: Type, k: Type, v: Type) -> Spelling:
        """F.scaled_dot_product_attention."""
        rest = "" if self.p == 0.0 else f", dropout_p={self.p} if self.training else 0.0"
        rest += "" if self.causal is False else f", is_causal={self.causal}"
        return Spelling(apply=f"F.scaled_dot_product_attention({{q}}, {{k}}, {{v}}{rest})")


class MultiheadAttention(Layer):
    """Several attentions side by side, each on learnt projections of the inputs: the transformer's core.

    Inputs are (batch, steps, features) and of the same features. Wire one sequence to all three for
    self-attention; for cross-attention wire the other sequence to key and value.
    """

    category = "attention"
    formula = "y = [head₁, head₂, …] · out_projᵀ, head = attention of query · Wqᵀ, key · Wkᵀ, value · Wvᵀ"
    keywords = ("self-attention", "cross-attention", "transformer", "MHA", "heads", "causal", "decoder")
    example = Example(
        inputs={"query": (2, 3, 4), "key": (2, 5, 4), "value": (2, 5, 4)}, arguments={"num_heads": 2}
    )

    num_heads: Size = argument(
        help="How many attentions; the features are shared out among them", minimum=1, initial=4
    )
    causal: bool = argument(
        default=False, help="Whether each step looks only at itself and those before it, as a decoder must"
    )
    dropout: float = argument(
        default=0.0, minimum=0.0, maximum=1.0, help="The part of the weights that is dropped while training"
    )
    bias: bool = argument(default=True, help="Whether learnt numbers are added after each projection")

    def parameters(self, query: Type, key: Type, value: Type) -> Mapping[str, Tensor]:
        """The three projections in one (3E, E), and the one of the result (E, E), with their biases."""
        size = sequence("query", query)[2]
        found = {
            "in_proj_weight": Tensor(axes=("out", "in"), shape=(3 * size, size), initialiser=XavierUniform()),
            "out_proj_weight": Tensor(axes=("out", "in"), shape=(size, size), initialiser=FanInUniform()),
        }
        if self.bias:
            for name, rows in (("in_proj_bias", 3 * size), ("out_proj_bias", size)):
                found[name] = Tensor(axes=("out",), shape=(rows,), initialiser=Constant(0.0))
        return found

    def forward(
        self,
        query: Ref,
        key: Ref,
        value: Ref,
        *,
        in_proj_weight: Ref,
        out_proj_weight: Ref,
        in_proj_bias: Ref | None = None,
        out_proj_bias: Ref | None = None,
        training: bool,
    ) -> Ref:
        """(B, T, E), (B, S, E), (B, S, E) -> (B, T, E)."""
        self._check(query, key, value)
        size = query.shape[2]
        heads = []
        for place, x in enumerate((query, key, value)):
            rows = place * size, (place + 1) * size
            bias = None if in_proj_bias is None else ops.slice(in_proj_bias, 0, *rows)
            heads.append(self._split(_projected(x, ops.slice(in_proj_weight, 0, *rows), bias)))
        dropped = self.dropout if training else 0.0
        y = attend(*heads, causal=self.causal, dropped=dropped)  # (B, heads, T, E/heads)
        joined = ops.reshape(ops.permute(y, (0, 2, 1, 3)), query.shape)
        return _projected(joined, out_proj_weight, out_proj_bias)

    def _check(self, query: Ref, key: Ref, value: Ref) -> None:
        for port, x in (("query", query), ("key", key), ("value", value)):
            sequence(port, x)
            _same_size(port, x.type, 0, "examples", "query", query.type)
            _same_size(port, x.type, 2, "features", "query", query.type)
        _same_size("value", value.type, 1, "steps", "key", key.type)
        if self.causal is True:
            _same_size("key", key.type, 1, "steps", "query", query.type)
        size = query.shape[2]
        if not agree(size // self.num_heads * self.num_heads, size):
            features, heads = counted(size, "feature"), counted(self.num_heads, "head")
            raise ShapeError(
                "query",
                tr(
                    "expected features that {heads} can share, got {features}", heads=heads, features=features
                ),
            )

    def _split(self, x: Ref) -> Ref:
        """(B, T, E) -> (B, heads, T, E/heads)."""
        batch, steps, size = x.shape
        apart = ops.reshape(x, (batch, steps, self.num_heads, size // self.num_heads))
        return ops.permute(apart, (0, 2, 1, 3))

    def pytorch(self, query: Type, key: Type, value: Type) -> Spelling | None:
        """nn.MultiheadAttention; None where it depends on an expression whether it is causal."""
        causal: Any = self.causal  # an expression where the user wrote one
        if not isinstance(causal, bool):
            return None
        defaults: dict[str, Any] = {"dropout": 0.0, "bias": True}
        settings = {"dropout": self.dropout, "bias": self.bias}
        made = code(
            "nn.MultiheadAttention",
            query.shape[-1],
            self.num_heads,
            defaults=defaults,
            **settings,
            batch_first=True,
        )
        names = ("weight", "bias") if self.bias is not False else ("weight",)
        weights = {f"out_proj_{name}": f"out_proj.{name}" for name in names}
        return Spelling(construct=made, apply=CAUSAL if causal else APPLY, weights=weights)


APPLY = "{self}({query}, {key}, {value}, need_weights=False)[0]"
"""The call in PyTorch; without the weights it may take its faster ways."""

CAUSAL = (
    "{self}({query}, {key}, {value}, need_weights=False, is_causal=True, "
    "attn_mask=nn.Transformer.generate_square_subsequent_mask({query}.shape[1], device={query}.device))[0]"
)
"""The same where steps look back only: PyTorch wants the mask beside the word."""


def attend(q: Ref, k: Ref, v: Ref, *, causal: bool, dropped: float) -> Ref:
    """softmax(q · kᵀ / √E) · v, (…, T, E), (…, S, E), (…, S, V) -> (…, T, V)."""
    scores = ops.matmul(ops.over_root(q, q.shape[-1]), k, transpose_b=True)  # (…, T, S)
    scores = ops.causal_mask(scores, float("-inf")) if causal else scores
    weights = ops.softmax(scores, -1)
    if dropped > 0:
        weights = ops.multiply(weights, ops.random_mask(weights, 1 - dropped))
    return ops.matmul(weights, v)


def _projected(x: Ref, weight: Ref, bias: Ref | None) -> Ref:
    """(B, T, E) · (E, E)ᵀ + bias."""
    batch, steps, size = x.shape
    y = ops.matmul(ops.reshape(x, (batch * steps, size)), weight, transpose_b=True)
    return ops.reshape(y if bias is None else ops.add(y, bias), (batch, steps, weight.shape[0]))


def _same_in_front(port: str, x: Type, other: str, y: Type) -> None:
    front, wanted = x.shape[:-2], y.shape[:-2]
    if len(front) != len(wanted) or not all(map(agree, front, wanted)):
        raise ShapeError(
            port,
            tr(
                "expected {front} in front of steps and features like {other}, got {x}",
                front=Type(wanted),
                other=other,
                x=x,
            ),
        )


def _same_size(port: str, x: Type, axis: int, noun: str, other: str, y: Type) -> None:
    if not agree(x.shape[axis], y.shape[axis]):
        wanted = f"{text(y.shape[axis])} {noun}"
        raise ShapeError(
            port,
            tr(
                "expected {wanted} like {other} ({y}), got {size} ({x})",
                wanted=wanted,
                other=other,
                y=y,
                size=text(x.shape[axis]),
                x=x,
            ),
        )
