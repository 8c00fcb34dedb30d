"""The part of check.py that makes up for what single backends do not reckon in float64."""

BACKENDS = '''
def channels_last(function):
    """The function on (N, S..., C): TensorFlow computes no float64 channels first on a CPU."""

    signature = inspect.signature(function)

    def moved(x, *values, **words):
        given = signature.bind(x, *values, **words)
        if given.arguments.get("data_format") != "channels_first":
            return function(x, *values, **words)
        given.arguments["data_format"] = "channels_last"
        return ops.moveaxis(
            function(ops.moveaxis(x, 1, -1), *given.args[1:], **given.kwargs), -1, 1
        )

    return moved


def attention(query, key, value, bias=None, mask=None, scale=None, **_):
    """Attention of (N, T, heads, features): jax reckons its softmax in float32."""
    scores = ops.einsum("nthd,nshd->nhts", query, key) * scale
    scores = scores if bias is None else scores + bias
    scores = scores if mask is None else ops.where(mask, scores, -np.inf)
    return ops.einsum("nhts,nshd->nthd", ops.softmax(scores), value)
'''
"""Functions that stand in for those of a backend while the check runs."""
