"""The order in which code is written: each call after its sources, branches one after the other."""

from ..program import Definition, Entry


def depth_first(definition: Definition) -> list[Entry]:
    """The entries so that each follows its sources and a branch stays together; what leads nowhere last."""
    by_node = {entry.node.id: entry for entry in definition.entries}
    found: dict[str, Entry] = {}
    for start in (*definition.outputs, *by_node):
        pending = [(start, False)]
        while pending:
            node, ready = pending.pop()
            if node in found or node not in by_node:
                continue
            if ready:
                found[node] = by_node[node]
                continue
            pending.append((node, True))
            pending += [
                (source.node, False) for source in reversed(by_node[node].sources) if source is not None
            ]
    return list(found.values())
