"""The cursor's next moment: the newest of a chunk, read as one, is the newest of its values read one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldhouse.sources.engine.changes.cursor_time import believable, instant, newest

NOW = datetime(2026, 11, 2, tzinfo=UTC)
VALUES = st.one_of(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda moment: moment.isoformat()),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z"),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
        lambda moment: f"{moment.isoformat()}+05:30"
    ),
    st.sampled_from(
        ["", None, "soon", 5, {"a": 1}, "9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"]
    ),
)


@given(st.lists(VALUES))
def test_the_newest_of_many_is_the_newest_of_each(values: list[Any]) -> None:
    moments = [instant(value) for value in values]
    one_by_one = max((item for item in moments if item and believable(item, NOW)), default=None)
    assert newest(values, NOW) == one_by_one


@pytest.mark.parametrize("values", [[], [None], ["2999-01-01T00:00:00Z"], [{}]])
def test_no_moment_at_all(values: list[Any]) -> None:
    assert newest(values, NOW) is None
