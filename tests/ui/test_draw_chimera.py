"""The text's chimera, from the start page to gradients and code, by events on the window alone."""

from tests.ui import draw_chimera
from tests.ui.conftest import OpenDesk
from tests.ui.person import somebody_before


def test_the_chimera_is_built_from_the_search_and_run_and_copied(open_desk: OpenDesk) -> None:
    person = somebody_before(open_desk("").window)
    code = draw_chimera.chimera(person)
    assert code.count("class ") == 3 and "while x.abs().sum() > 1:" in code
    assert code.count("nn.Linear(in_features, 20)") == 1 and code.count("self.linear(x)") == 4
    assert 'self.register_buffer("rand_weight", torch.rand(20, 20))' in code
    assert person.count <= draw_chimera.MOST
