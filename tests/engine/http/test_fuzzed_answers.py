"""No answer of any form is a defect of ours, or becomes rows that the vendor did not send.

``python -m tests.benchmarks.fuzzed_answers`` tries thousands.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.support.fuzzed_answers import FuzzedAnswer, answers, check


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(answers())
def test_an_answer_is_rows_or_an_error_for_a_person(answer: FuzzedAnswer) -> None:
    check(answer)
