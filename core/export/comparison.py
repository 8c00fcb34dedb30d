"""The part of check.py that compares arrays with the sample, the same in every framework."""

COMPARISON = r'''
class Comparison:
    """Compares tensors with what the sample holds for one set of weights."""

    def __init__(self, sample, weights):
        self.sample = sample
        self.weights = weights
        start = f"{weights}/gradient/"
        kept = [key for key in sample.files if key.startswith(start)]
        values = [sample[key] for key in kept if not key.endswith((":shape", ":at"))]
        kept = [key for key in kept if not key.endswith((":at", ":values", ":norm"))]
        self.lacking = {key[len(start) :].removesuffix(":shape") for key in kept}
        self.largest = max((np.abs(v).max() for v in values if v.size), default=0.0)
        # Where every gradient is 0 (the sum of a softmax), rounding is all there is.
        starts = [sample[key] for key in sample.files if key.startswith("cotangent/")]
        self.rounding = 1e-15 * max((np.abs(v).max() for v in starts), default=0.0)
        self.count = 0
        self.worst = {"output": 0.0, "gradient": 0.0}
        self.failures = []

    def fail(self, what, why):
        self.failures.append(f"{what}, {self.weights} weights: {why}")

    def shape(self, key):
        full = f"{self.weights}/{key}"
        if full in self.sample:
            return self.sample[full].shape
        return tuple(self.sample[full + ":shape"])

    def tensor(self, what, key, found):
        """`found` against the sample's `key`: all of it, or many places and the norm."""
        full = f"{self.weights}/{key}"
        if full not in self.sample and full + ":shape" not in self.sample:
            return self.fail(what, "the drawing has no such tensor")
        self.lacking.discard(key.removeprefix("gradient/"))
        if found.shape != self.shape(key):
            return self.fail(what, f"its shape is {found.shape}, not {self.shape(key)}")
        kind = "gradient" if key.startswith("gradient/") else "output"
        if full in self.sample:
            return self.values(kind, what, found, self.sample[full])
        flat, places = found.reshape(-1), self.sample[full + ":at"]
        self.values(kind, what, flat[places], self.sample[full + ":values"])
        norm = np.linalg.norm(flat.astype(np.float64))
        self.values(kind, f"{what} (its norm)", norm, self.sample[full + ":norm"])

    def no_gradient_is_lacking(self):
        """Fails for what the drawing learns, and the network does not."""
        for name in sorted(self.lacking):
            self.fail(f"gradient of {name}", "the network has none")

    def values(self, kind, what, found, expected):
        self.count += 1
        if not expected.size:
            return
        # Truth values have no difference, but as numbers.
        difference = np.abs(np.subtract(found, expected, dtype=np.float64)).max()
        scale = np.abs(expected).max() + 1e-5 * self.largest + 1e7 * self.rounding
        if scale:
            self.worst[kind] = max(self.worst[kind], difference / scale)
        allowed = 1e-7 * scale
        if not difference <= allowed:
            self.fail(what, f"differs by {difference:.3g}, allowed is {allowed:.3g}")


def conclusion(comparisons):
    """Prints what was found; 0 where everything agrees, else 1."""
    failures = [failure for one in comparisons for failure in one.failures]
    for failure in failures:
        print("FAILED", failure)
    if failures:
        count = f"{len(failures)} of its values differ"
        print(f"<FILE>.py is not the network that was drawn: {count}")
        return 1
    print("largest relative differences")
    print("weights  tensors  outputs  gradients")
    for one in comparisons:
        numbers = f"{one.worst['output']:>7.1e}  {one.worst['gradient']:>9.1e}"
        print(f"{one.weights:<7}  {one.count:>7}  {numbers}")
    print("<FILE>.py is the network that was drawn")
    return 0
'''
"""A class that holds what differed, and what is printed of it in the end; `<FILE>` is the code's file."""
