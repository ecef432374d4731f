"""No answer of any form is a defect of ours, or becomes rows that the vendor did not send.

``python -m tests.benchmarks.answers.fuzzed`` tries thousands.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.fuzzed_answers import FuzzedAnswer, answers, check
from tests.support.fuzzed_syncs import StoredRows, stored_rows


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(answers())
def test_an_answer_is_rows_or_an_error_for_a_person(answer: FuzzedAnswer) -> None:
    check(answer)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredRows]:
    with stored_rows(tmp_path_factory.mktemp("stored")) as rows:
        yield rows


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(answers())
def test_no_answer_changes_a_stored_row_unless_the_vendor_sent_it(
    stored: StoredRows, answer: FuzzedAnswer
) -> None:
    stored.check(answer)
