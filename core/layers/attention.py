"""Layers in which each place of a sequence looks at all others and takes what fits."""

from collections.abc import Mapping, Sequence
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type
from .demands import axes_at_least, real
from .layer import Example, Layer, argument
from .spelling import Spelling


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
    scale: float | None = argument(
        default=None, help="What the products are multiplied by; left out, it is 1 / √features"
    )
    mask: str = argument(
        default="none",
        choices=("none", "given"),
        help="Whether truth values are wired that say which key each query may look at: true where it may, "
        "(…, queries, keys), sizes of 1 repeated. A query that may look at none, by the mask and "
        "causal together, gets zeros",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """q, k, v, and the mask where it is given."""
        return ("q", "k", "v", *(("mask",) if arguments.get("mask") == "given" else ())), ("y",)

    def forward(self, q: Ref, k: Ref, v: Ref, *masks: Ref, training: bool) -> Ref:
        """(…, T, E), (…, S, E), (…, S, V) -> (…, T, V)."""
        for port, x in (("q", q), ("k", k), ("v", v)):
            axes_at_least(port, real(port, x), 2, "steps and features")
        _same_in_front("k", k.type, "q", q.type)
        _same_in_front("v", v.type, "q", q.type)
        same_size("k", k.type, -1, "features", "q", q.type)
        same_size("v", v.type, -2, "steps", "k", k.type)
        for mask in masks:
            _repeated(truths("mask", mask), (*q.shape[:-1], k.shape[-2]))
        dropped = self.p if training else 0.0
        return attend(q, k, v, causal=self.causal, dropped=dropped, masks=masks, scale=self.scale)[0]

    def pytorch(self, q: Type, k: Type, v: Type, *masks: Type) -> Spelling | None:
        """F.scaled_dot_product_attention, whose mask is true where a query looks, as ours is.

        It takes either a mask or the word for causal. None where it depends on an expression which of them.
        """
        causal: Any = self.causal  # an expression where the user wrote one
        rest = ""
        if masks:
            if not isinstance(causal, bool):
                return None
            mask = "{mask}" if masks[0].dtype == "bool" else "({mask} != 0)"
            rest = f", attn_mask={mask}" + (f" & {SEEN}" if causal else "")
        rest += "" if self.p == 0.0 else f", dropout_p={self.p} if self.training else 0.0"
        rest += "" if causal is False or masks else f", is_causal={causal}"
        rest += "" if self.scale is None else f", scale={self.scale}"
        return Spelling(apply=f"F.scaled_dot_product_attention({{q}}, {{k}}, {{v}}{rest})")


SEEN = "torch.ones({q}.shape[-2], {k}.shape[-2], dtype=torch.bool, device={q}.device).tril()"
"""Which steps a causal attention looks at."""


def attend(
    q: Ref,
    k: Ref,
    v: Ref,
    *,
    causal: bool,
    dropped: float,
    masks: Sequence[Ref] = (),
    scale: float | None = None,
    more: Sequence[tuple[Ref, Ref]] = (),
) -> tuple[Ref, Ref]:
    """softmax(q · kᵀ / √E) · v, (…, T, E), (…, S, E), (…, S, V) -> (…, T, V), and the softmax (…, T, S).

    What a mask forbids weighs nothing, even where it forbids all of a row. Behind the last key stand `more`
    keys and values, at which every query may look.
    """
    scaled = ops.over_root(q, q.shape[-1]) if scale is None else ops.scale(q, scale)
    scores = ops.matmul(scaled, k, transpose_b=True)  # (…, T, S)
    for mask in masks:
        scores = ops.where(mask, scores, ops.full_like(scores, FORBIDDEN))
    scores = ops.causal_mask(scores, float("-inf")) if causal else scores
    if more:
        last = scores.type.rank - 1
        others = [ops.matmul(scaled, key, transpose_b=True) for key, _ in more]
        scores = ops.concat(scores, *others, axis=last)
        v = ops.concat(v, *(value for _, value in more), axis=last - 1)
    weights = ops.softmax(scores, -1)
    for mask in masks if not more else ():  # a row with more keys is never all forbidden
        weights = ops.where(mask, weights, ops.full_like(weights, 0))
    if dropped > 0:
        weights = ops.multiply(weights, ops.random_mask(weights, 1 - dropped))
    return ops.matmul(weights, v), weights


FORBIDDEN = -1e30
"""The score of what a mask forbids: e to its power is 0, and a row of nothing else has no NaN."""


def truths(port: str, mask: Ref) -> Ref:
    """The mask; ShapeError where it holds real numbers."""
    if mask.type.dtype == "float32":
        wanted = "expected truth values, as Compare gives them, or whole numbers (int64)"
        raise ShapeError(port, tr("{wanted}, got {type}", wanted=wanted, type=mask.type))
    return mask


def _repeated(mask: Ref, shape: Shape) -> None:
    sizes = zip(reversed(mask.shape), reversed(shape), strict=False)
    if mask.type.rank > len(shape) or not all(size == 1 or agree(size, whole) for size, whole in sizes):
        found = f"{Type(shape)}, or sizes of 1 in its place"
        raise ShapeError("mask", tr("expected {found}, got {type}", found=found, type=mask.type))


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


def same_size(port: str, x: Type, axis: int, noun: str, other: str, y: Type) -> None:
    """ShapeError at `port`, whose type is x, where an axis has another size than the other port's y."""
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
