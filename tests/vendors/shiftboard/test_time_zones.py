"""Shiftboard's clock, its zone labels, and local times beside their instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from fieldhouse.sources.engine.errors import TryLater, Unauthorized, VendorChanged
from fieldhouse.sources.engine.spec.incremental import ServerTime
from fieldhouse.sources.engine.spec.reads import Record
from fieldhouse.sources.sandbox.shiftboard.timezones import IANA
from fieldhouse.sources.shiftboard import VENDOR
from fieldhouse.sources.shiftboard.time_zones import server_time, utc_text, zone_of
from tests.support.reader_harness import client

SETTINGS = {"access_key_id": "57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33", "signature_key": "k" * 40}
PACIFIC, BERLIN = "Pacific Time (US/Can) (GMT-08:00)", "Amsterdam, Berlin, Bern, Rome, Vienna (GMT+01:00)"
KATHMANDU, ARIZONA = "Kathmandu (GMT+05:45)", "Arizona (GMT-07:00)"
NOW = ServerTime(datetime(2026, 11, 2, tzinfo=UTC), "America/Chicago", IANA, "1")
TIMESTAMP = {
    "localtime": "2014-09-17T14:08:28-0700",
    "timezone": "America/Los_Angeles",
    "timestamp": 1410988108,
    "24_hour_clock": True,
}


def shaped(table: str, record: Record, now: ServerTime = NOW) -> Record:
    shape = VENDOR.table(table).reshape
    assert shape
    (made,) = shape(record, now)
    return made


@pytest.mark.parametrize(
    ("label", "local", "utc"),
    [
        (PACIFIC, "2010-09-17T12:00:00", "2010-09-17T19:00:00Z"),  # -07:00 in summer, whatever the label says
        (PACIFIC, "2010-12-17T12:00:00", "2010-12-17T20:00:00Z"),
        (PACIFIC, "2026-03-08T02:30:00", "2026-03-08T10:30:00Z"),  # skipped by the clocks: 03:30 PDT
        (PACIFIC, "2026-03-08T01:59:59", "2026-03-08T09:59:59Z"),
        (PACIFIC, "2026-03-08T03:00:00", "2026-03-08T10:00:00Z"),
        (PACIFIC, "2026-11-01T01:30:00", "2026-11-01T08:30:00Z"),  # comes twice: the first, PDT
        (PACIFIC, "2026-11-01T02:00:00", "2026-11-01T10:00:00Z"),
        (BERLIN, "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        (BERLIN, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        (KATHMANDU, "2026-01-01T00:00:00", "2025-12-31T18:15:00Z"),
        (ARIZONA, "2026-07-01T08:00:00", "2026-07-01T15:00:00Z"),
        ("", "2026-07-01T08:00:00", "2026-07-01T13:00:00Z"),  # no label: the organization's zone
        (None, "2026-01-01T08:00:00", "2026-01-01T14:00:00Z"),
        ("Pacific Time (GMT-08:00)", "2026-07-01T08:00:00", None),  # no such label
        ("America/Los_Angeles", "2026-07-01T08:00:00", None),
        (PACIFIC, "2026-07-01", None),  # all day
        (PACIFIC, "2026-07-01T25:00:00", None),
        (PACIFIC, "", None),
        (PACIFIC, None, None),
        (PACIFIC, 20260701, None),
        (PACIFIC, "9999-12-31T23:59:59", None),
        (PACIFIC, "2026-07-01T08:00:00-04:00", "2026-07-01T12:00:00Z"),
    ],
)
def test_a_local_time_as_an_instant(label: str | None, local: Any, utc: str | None) -> None:
    record = {"id": "1", "timezone": label, "start_date": local}
    made = shaped("shifts", record)
    assert made["_start_date_utc"] == utc
    assert {name: made[name] for name in record} == record
    assert shaped("time_off_requests", record)["_start_date_utc"] == utc


def test_every_label_of_the_organizations_zone_is_marked() -> None:
    """The marts count an account's days in it, whatever its shifts name."""
    other = next(zone for zone in IANA.values() if zone != NOW.zone)
    for zone, is_own in ((NOW.zone, True), (other, False), (None, False)):
        made = shaped("timezones", {"name": "a label", "iana_timezone": zone})
        assert made["_is_organization_zone"] is is_own


def test_every_label_of_the_vendor_has_a_zone() -> None:
    assert len(IANA) == 69
    for label in IANA:
        assert zone_of({"timezone": label}, NOW) == ZoneInfo(IANA[label])


def test_what_a_shift_has_beside_its_local_times() -> None:
    record = {
        "timezone": PACIFIC,
        "start_date": "2010-09-17T12:00:00",
        "end_date": "2010-09-17T20:00:00",
        "arrive_late_datetime": "2010-09-17T12:20:00",
        "leave_early_datetime": None,
    }
    made = shaped("shifts", record)
    assert {name: value for name, value in made.items() if name.startswith("_")} == {
        "_start_date_utc": "2010-09-17T19:00:00Z",
        "_end_date_utc": "2010-09-18T03:00:00Z",
        "_arrive_late_datetime_utc": "2010-09-17T19:20:00Z",
        "_leave_early_datetime_utc": None,
    }


def test_a_label_that_the_iana_list_does_not_know() -> None:
    now = ServerTime(NOW.now, "Mars/Olympus", {"Odd": "../../etc/passwd", "Empty": ""})
    for label in ("Odd", "Empty", ""):
        assert (
            shaped("shifts", {"timezone": label, "start_date": "2026-07-01T08:00:00"}, now)["_start_date_utc"]
            is None
        )


def test_a_time_card_starts_in_the_organizations_zone() -> None:
    card = {"start_date": "2026-07-01", "start_time": "23:55:00", "duration": "120:00:00"}
    made = shaped("timecards", card)
    assert made["_start_utc"] == "2026-07-02T04:55:00Z"
    assert made["_duration_seconds"] == 432000
    assert shaped("timecards", {**card, "duration": "1:05:00"})["_duration_seconds"] == 3900


@pytest.mark.parametrize(
    "card",
    [
        {"start_date": "2026-07-01", "start_time": None, "duration": None},
        {"start_date": "2026-07-01", "duration": "8 hours"},
        {"start_date": None, "start_time": "08:00:00", "duration": "8:00"},
        {},
    ],
)
def test_a_time_card_that_does_not_say_when(card: Record) -> None:
    made = shaped("timecards", card)
    assert made["_start_utc"] is None
    assert made["_duration_seconds"] is None


def test_a_clock_entry_is_placed_by_its_own_offset_or_by_its_local_time() -> None:
    entry = {
        "timezone": PACIFIC,
        "clocked_in": "2026-11-01T09:30:00Z",  # the second 01:30 of that night, which the local time cannot say
        "clocked_in_local": "2026-11-01T01:30:00",
        "clocked_out": "2026-11-01 12:00:00",  # no offset: not trusted
        "clocked_out_local": "2026-11-01T08:00:00",
    }
    made = shaped("timeclocks", entry)
    assert made["_clocked_in_utc"] == "2026-11-01T09:30:00Z"
    assert made["_clocked_out_utc"] == "2026-11-01T16:00:00Z"
    still_open = shaped("timeclocks", {**entry, "clocked_out": None, "clocked_out_local": None})
    assert still_open["_clocked_out_utc"] is None


def test_an_instant_needs_a_zone() -> None:
    assert utc_text("2026-07-01T08:00:00", None) is None
    assert utc_text("2026-07-01T08:00:00Z", None) == "2026-07-01T08:00:00Z"
    assert utc_text("2026-07-01T08:00:00.250", ZoneInfo("UTC")) == "2026-07-01T08:00:00.250000Z"


# --- the vendor's clock ---


def asked(answers: dict[str, Any], status: int = 200) -> ServerTime:
    """The moment, by a wire that answers each method with a result or an error."""

    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"id": "", **answers[json.loads(request.content)["method"]]})

    with client(VENDOR, SETTINGS, httpx.MockTransport(reply)) as asking:
        assert VENDOR.server_time is server_time
        return server_time(asking)


def test_the_clock_of_the_text() -> None:
    zones = {
        "timezones": [{"name": PACIFIC, "iana_timezone": "America/Los_Angeles", "standard_offset": "-08:00"}]
    }
    now = asked({"system.timestamp": {"result": TIMESTAMP}, "timezone.list": {"result": zones}})
    assert now == ServerTime(
        datetime(2014, 9, 17, 21, 8, 28, tzinfo=UTC),
        "America/Los_Angeles",
        {PACIFIC: "America/Los_Angeles"},
        "1410988108",
    )


@pytest.mark.parametrize("code", [-32601, "no_permission"])
def test_without_the_right_to_the_labels_times_stay_as_sent(code: int | str) -> None:
    now = asked({"system.timestamp": {"result": TIMESTAMP}, "timezone.list": {"error": {"code": code}}})
    assert now.zones == {}
    made = shaped("shifts", {"timezone": PACIFIC, "start_date": "2026-07-01T08:00:00"}, now)
    assert made["_start_date_utc"] is None
    assert made["start_date"] == "2026-07-01T08:00:00"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"timestamp": "soon", "timezone": "UTC"},
        {"timestamp": 1410988108},
        {"timestamp": 10**20, "timezone": "UTC"},
    ],
)
def test_a_clock_that_tells_no_time(answer: Any) -> None:
    with pytest.raises(VendorChanged, match=r"system\.timestamp"):
        asked({"system.timestamp": {"result": answer}})


def test_a_refused_clock_means_the_credentials() -> None:
    """A wrong signature may be answered with status 200 and an error of any code; the clock needs no right."""
    with pytest.raises(Unauthorized, match=r"Check access_key_id and signature_key in the settings"):
        asked(
            {
                "system.timestamp": {
                    "error": {
                        "code": -32001,
                        "message": "bad signature",
                        "data": {"code": "invalid_signature"},
                    }
                }
            }
        )


def test_labels_in_another_shape_and_a_vendor_out_of_reach() -> None:
    with pytest.raises(VendorChanged, match=r"timezone\.list"):
        asked({"system.timestamp": {"result": TIMESTAMP}, "timezone.list": {"result": {"zones": []}}})
    with pytest.raises(TryLater):
        asked({"system.timestamp": {"result": TIMESTAMP}}, status=503)
