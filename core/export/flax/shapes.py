"""The comments that say shapes, with the axes in another order."""


def with_channels_last(comment: str) -> str:
    """`(B, C, H, W)` as `(B, H, W, C)`."""
    sizes = _sizes(comment)
    return f"({', '.join((sizes[0], *sizes[2:], sizes[1]))})" if len(sizes) > 2 else comment


def with_channels_first(comment: str) -> str:
    """`(B, H, W, C)` as `(B, C, H, W)`."""
    sizes = _sizes(comment)
    return f"({', '.join((sizes[0], sizes[-1], *sizes[1:-1]))})" if len(sizes) > 2 else comment


def _sizes(comment: str) -> list[str]:
    """The sizes of a shape; nothing where it is none, or that of several."""
    if not (comment.startswith("(") and comment.endswith(")")):
        return []
    found, depth = [""], 0
    for sign in comment[1:-1]:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return []
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [size.strip() for size in found]
