"""The table of planted faults is as large as it claims, in every framework."""

import pytest

from core.export.code import TARGETS
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import faults_in


@pytest.mark.parametrize("target", TARGETS)
def test_at_least_forty_faults_make_sense_in_every_framework(target: str) -> None:
    assert len(faults_in(target, FAULTS)) >= 40


def test_each_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_where_a_fault_makes_no_sense_the_table_says_why() -> None:
    targets = {target.partition("-")[0] for target in TARGETS}
    for fault in FAULTS:
        assert fault.senseless.keys() <= targets and all(fault.senseless.values())
        assert (fault.wrong is None) != (fault.values is None)
