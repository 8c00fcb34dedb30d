"""A clip as text comes back as it was, and anything else is refused."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from core import edits
from core.edits import EditError
from core.edits.clip_text import from_text, to_text
from core.templates import template, templates


@pytest.mark.parametrize("key", [each.id for each in templates()])
def test_every_module_of_every_template_goes_through_text(key: str) -> None:
    document = template(key).document()
    for module in document.modules():
        clip = edits.copy(document, [node.id for node in document.nodes(module.id)])
        assert from_text(to_text(clip)) == clip


def test_a_clip_comes_back_from_its_text_with_everything() -> None:
    document = template("residual-cnn").document()
    clip = edits.copy(document, [node.id for node in document.nodes("main")])
    assert from_text(to_text(clip)) == clip
    block = next(module for module in document.modules() if module.name == "Block")
    inner = edits.copy(document, [node.id for node in document.nodes(block.id)])
    assert inner.scope
    assert from_text(to_text(inner)) == inner


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_clip_that_was_damaged_is_refused_or_can_be_pasted(data: st.DataObject) -> None:
    document = template("residual-cnn").document()
    text = to_text(edits.copy(document, [node.id for node in document.nodes("main")]))
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.sampled_from(["", '"', "0", "}", "null"])) + text[place + 1 :]
    try:
        clip = from_text(damaged)
        edits.paste(document, "main", clip)
    except EditError:
        return


def test_what_belongs_to_nothing_is_refused() -> None:
    document = template("mlp").document()
    clip = edits.copy(document, [node.id for node in document.nodes("main")])
    text = to_text(clip).replace(clip.nodes[0].id, "other", 1)
    with pytest.raises(EditError, match="do not belong together"):
        from_text(text)
