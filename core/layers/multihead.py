"""Several attentions side by side on learnt projections: the core of a transformer."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import Dim
from ..initialise import Constant, FanInUniform, XavierNormal, XavierUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .attention import attend, same_size, truths
from .demands import counted, sequence
from .layer import Example, Layer, Outputs, Size, Tensor, argument
from .spelling import CLOSE, OPEN, Spelling, code


def _masks(choice: Any) -> tuple[str, ...]:
    """The ports of that choice of masks."""
    return () if not isinstance(choice, str) or choice == "none" else tuple(choice.split(" and "))


class MultiheadAttention(Layer):
    """Several attentions side by side, each on learnt projections of the inputs: the transformer's core.

    Inputs are (batch, steps, features). Wire one sequence to all three for self-attention; for
    cross-attention wire the other sequence to key and value, whose features may be others than the query's
    (PyTorch's kdim and vdim).
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
    add_bias_kv: bool = argument(
        default=False, help="Whether a learnt key with its value stands behind the others, for all to look at"
    )
    add_zero_attn: bool = argument(
        default=False,
        help="Whether a key and a value of zeros stand there, for who finds nothing",
    )
    mask: str = argument(
        default="none",
        choices=("none", "mask", "key_mask", "mask and key_mask"),
        help="Which truth values are wired to it, true where it may look: mask says for each query which "
        "keys, (queries, keys) or (batch, queries, keys); key_mask which keys there are at all, (batch, "
        "keys), false for padding. A query that may look at none, by masks and causal together, attends to "
        "nothing: it gets the last projection's bias, where PyTorch gives NaN beside weights and without "
        "gradients, and that bias elsewhere",
    )
    returns: str = argument(
        default="result",
        choices=("result", "result and weights"),
        help="The result alone, or also what each query gave to the keys, the mean over the heads",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The three sequences and the masks; the result, and the weights where they are asked for."""
        weights = ("weights",) if arguments.get("returns") == "result and weights" else ()
        return ("query", "key", "value", *_masks(arguments.get("mask"))), ("y", *weights)

    def parameters(self, query: Type, key: Type, value: Type, *masks: Type) -> Mapping[str, Tensor]:
        """The three projections in one (3E, E), or apart where features differ; and the result's (E, E)."""
        size = sequence("query", query)[2]
        shapes = {"in_proj_weight": (3 * size, size)}
        if not self.is_packed(query, key, value):
            given = {"q": query, "k": key, "v": value}
            shapes = {f"{name}_proj_weight": (size, x.shape[2]) for name, x in given.items()}
        found = {
            name: Tensor(axes=("out", "in"), shape=shape, initialiser=XavierUniform())
            for name, shape in shapes.items()
        }
        found["out_proj_weight"] = Tensor(axes=("out", "in"), shape=(size, size), initialiser=FanInUniform())
        if self.bias:
            for name, rows in (("in_proj_bias", 3 * size), ("out_proj_bias", size)):
                found[name] = Tensor(axes=("out",), shape=(rows,), initialiser=Constant(0.0))
        for name in ("bias_k", "bias_v") if self.add_bias_kv else ():
            found[name] = Tensor(axes=("", "", "out"), shape=(1, 1, size), initialiser=XavierNormal())
        return found

    def is_packed(self, query: Type, key: Type, value: Type) -> bool:
        """Whether all have as many features, so that the projections stand in one tensor, as in PyTorch."""
        size = query.shape[2]
        return all(agree(sequence(port, x)[2], size) for port, x in (("key", key), ("value", value)))

    def forward(
        self,
        query: Ref,
        key: Ref,
        value: Ref,
        *masks: Ref,
        out_proj_weight: Ref,
        in_proj_weight: Ref | None = None,
        q_proj_weight: Ref | None = None,
        k_proj_weight: Ref | None = None,
        v_proj_weight: Ref | None = None,
        in_proj_bias: Ref | None = None,
        out_proj_bias: Ref | None = None,
        bias_k: Ref | None = None,
        bias_v: Ref | None = None,
        training: bool,
    ) -> Outputs:
        """(B, T, E), (B, S, K), (B, S, V) -> (B, T, E), and the weights (B, T, S); S with what is added."""
        self._check(query, key, value)
        size = query.shape[2]
        apart = (q_proj_weight, k_proj_weight, v_proj_weight)
        heads = []
        for place, x in enumerate((query, key, value)):
            rows = place * size, (place + 1) * size
            weight = apart[place] if in_proj_weight is None else ops.slice(in_proj_weight, 0, *rows)
            assert weight is not None, "the projections are in one tensor, or in three"
            bias = None if in_proj_bias is None else ops.slice(in_proj_bias, 0, *rows)
            heads.append(self._split(_projected(x, weight, bias)))
        dropped = self.dropout if training else 0.0
        allowed = self._allowed(query, key, masks)
        more = self._added(heads[1], bias_k, bias_v)
        y, weights = attend(*heads, causal=self.causal, dropped=dropped, masks=allowed, more=more)
        joined = ops.reshape(ops.permute(y, (0, 2, 1, 3)), query.shape)  # of (B, heads, T, E/heads)
        result = _projected(joined, out_proj_weight, out_proj_bias)
        if self.returns == "result":
            return Outputs((result,))
        return Outputs((result, ops.mean(weights, (1,))))

    def _added(self, key: Ref, bias_k: Ref | None, bias_v: Ref | None) -> list[tuple[Ref, Ref]]:
        """The keys and values behind the others, each (B, heads, 1, E/heads) like `key`."""
        batch, heads, _, size = key.shape
        shape = (batch, heads, 1, size)
        found = []
        if bias_k is not None and bias_v is not None:
            learnt = [ops.reshape(bias, (1, heads, 1, size)) for bias in (bias_k, bias_v)]
            found.append((ops.broadcast_to(learnt[0], shape), ops.broadcast_to(learnt[1], shape)))
        if self.add_zero_attn:
            zeros = ops.full_like(ops.slice(key, 2, 0, 1), 0)
            found.append((zeros, zeros))
        return found

    def _allowed(self, query: Ref, key: Ref, masks: tuple[Ref, ...]) -> list[Ref]:
        """The masks with an axis for the heads, fit to be repeated to (B, heads, T, S)."""
        (batch, steps, _), others = query.shape, key.shape[1]
        found = []
        for port, mask in zip(_masks(self.mask), masks, strict=True):
            truths(port, mask)
            wanted: tuple[Dim, ...] = (batch, others) if port == "key_mask" else (batch, steps, others)
            if port == "mask" and mask.type.rank == 2:
                wanted = (steps, others)
            if mask.type.rank != len(wanted) or not all(map(agree, mask.shape, wanted)):
                raise ShapeError(
                    port, tr("expected {wanted}, got {mask}", wanted=Type(wanted), mask=mask.type)
                )
            shape = (batch, 1, 1, others) if port == "key_mask" else (batch, 1, steps, others)
            found.append(mask if wanted == (steps, others) and port == "mask" else ops.reshape(mask, shape))
        return found

    def _check(self, query: Ref, key: Ref, value: Ref) -> None:
        for port, x in (("query", query), ("key", key), ("value", value)):
            sequence(port, x)
            same_size(port, x.type, 0, "examples", "query", query.type)
        same_size("value", value.type, 1, "steps", "key", key.type)
        if self.causal is True:
            same_size("key", key.type, 1, "steps", "query", query.type)
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

    def pytorch(self, query: Type, key: Type, value: Type, *masks: Type) -> Spelling | None:
        """nn.MultiheadAttention, whose truth masks are true where a query must not look, unlike ours.

        None with weights where a mask is joined with causal: many a first step may then look nowhere, and
        PyTorch gives NaN.
        """
        if masks and self.causal is not False and self.returns != "result":
            return None
        sizes = {} if self.is_packed(query, key, value) else {"kdim": key.shape[2], "vdim": value.shape[2]}
        made = code(
            "nn.MultiheadAttention",
            query.shape[-1],
            self.num_heads,
            defaults={"dropout": 0.0, "bias": True, "add_bias_kv": False, "add_zero_attn": False},
            dropout=self.dropout,
            bias=self.bias,
            add_bias_kv=self.add_bias_kv,
            add_zero_attn=self.add_zero_attn,
            **sizes,
            batch_first=True,
        )
        names = ("weight", "bias") if self.bias is not False else ("weight",)
        weights = {f"out_proj_{name}": f"out_proj.{name}" for name in names}
        return Spelling(construct=made, apply=self._call(masks), weights=weights)

    def _call(self, masks: tuple[Type, ...]) -> str:
        """Without the weights it may take its faster ways."""
        given = dict(zip(_masks(self.mask), masks, strict=True))
        rest = ", need_weights=False" if self.returns == "result" else ""
        more = self.add_bias_kv is not False or self.add_zero_attn is not False
        plain = not given and not more and self.returns == "result"
        rest += self._forbidden(given.get("mask"), plain=plain)
        if "key_mask" in given:
            rest += f", key_padding_mask={_turned('key_mask', given['key_mask'])}"
        chosen = "[0]" if self.returns == "result" else ""
        return f"{{self}}({{query}}, {{key}}, {{value}}{rest}){chosen}"

    def _forbidden(self, mask: Type | None, plain: bool) -> str:
        """What the call is told of where not to look; `plain` where PyTorch may take the word for it."""
        causal: Any = self.causal  # an expression where the user wrote one
        if causal is True and plain:
            return CAUSAL
        turned = "" if mask is None else _turned("mask", mask)
        if mask is not None and mask.rank == 3:
            turned = f"({turned}).repeat_interleave({self.num_heads}, dim=0)"
        if causal is False:
            return turned and f", attn_mask={turned}"
        unseen = UNSEEN
        if causal is not True:
            bare = str(causal).strip(OPEN + CLOSE).isidentifier()
            unseen = f"{UNSEEN} & {causal if bare else f'({causal})'}"
        return f", attn_mask=({turned}) | {unseen}" if turned else f", attn_mask={unseen}"


CAUSAL = ", attn_mask=causal_mask({query}), is_causal=True"
"""Where steps look back only, PyTorch wants the mask beside the word; the code has a function for it."""

UNSEEN = "unseen({query}, {key})"
"""Which steps a causal attention does not look at; the code has a function for it."""


def _turned(port: str, mask: Type) -> str:
    """True where the mask is false, in PyTorch."""
    return f"~{{{port}}}" if mask.dtype == "bool" else f"{{{port}}} == 0"


def _projected(x: Ref, weight: Ref, bias: Ref | None) -> Ref:
    """(B, T, E) · (E, E)ᵀ + bias."""
    batch, steps, size = x.shape
    y = ops.matmul(ops.reshape(x, (batch * steps, size)), weight, transpose_b=True)
    return ops.reshape(y if bias is None else ops.add(y, bias), (batch, steps, weight.shape[0]))
