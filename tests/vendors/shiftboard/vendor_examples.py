"""The answers that Shiftboard's text prints, by method, with its slips of the pen mended.

``SHOWN`` are the text's own examples (a few with the rows of two of them), ``MADE`` stand for methods that have none,
by their lists of attributes.
"""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from typing import Any

import httpx

from tests.vendors.shiftboard.people_examples import SHOWN_OF_PEOPLE
from tests.vendors.shiftboard.work_examples import LONDON, PACIFIC, SHOWN_OF_WORK

SHOWN: dict[str, Any] = {**SHOWN_OF_PEOPLE, **SHOWN_OF_WORK}

MADE: dict[str, Any] = {
    "shift.signupList": {
        "already_signed_up": False,
        "can_manage_list": True,
        "signups": [{"member": "2", "message": "I can come", "processed": False}],
    },
    "timecard.list": {
        "timecards": [
            {
                "id": "7",
                "workgroup": "226093",
                "account": "2",
                "shift": None,
                "approved": True,
                "processed": "false",
                "start_date": "2009-04-01",
                "start_time": "23:55:00",
                "duration": "120:00:00",
                "work_status_type": "0",
                "mileage": "12.5",
            }
        ]
    },
    "timeclock.list": {
        "timeclocks": [
            {
                "id": "9",
                "workgroup": "226093",
                "account": "2",
                "clocked_in": "2014-01-29T21:00:00Z",
                "clocked_out": None,
                "clocked_in_local": "2014-01-29T13:00:00",
                "clocked_out_local": None,
                "timezone": PACIFIC,
                "shift": None,
                "clockin_location": {"latitude": 47.6, "longitude": "-122.3", "time": "", "accuracy": 12},
                "clockout_location": None,
            }
        ]
    },
    "timeOffRequest.list": {
        "timeOffRequests": [
            {
                "id": "31",
                "start_date": "2009-04-01",
                "use_time": "5",
                "timezone": PACIFIC,
                "workgroup": None,
                "member": "2",
                "summary": "Away",
                "status": "2",
                "paid": False,
                "category": None,
                "last_status_update": "2009-03-01T08:00:00Z",
            }
        ]
    },
    "timezone.list": {
        "timezones": [
            {
                "name": PACIFIC,
                "iana_timezone": "America/Los_Angeles",
                "standard_offset": "-08:00",
                "abbreviations": "PST/PDT",
            },
            {"name": LONDON, "iana_timezone": "Europe/London", "standard_offset": "+00:00"},
        ]
    },
    "workStatusType.list": {"workStatusTypes": [{"id": "5", "name": "Salary/Exempt"}]},
    "workgroup.listCoverageBlocks": {
        "workgroup_shift/coverage blocks": [
            {
                "days": "0",
                "duration": "8.5",
                "end_time": "17:30:00",
                "name": "Day",
                "start_time": "09:00:00",
                "time_block": "20175",
                "workgroup": "226093",
            }
        ]
    },
}
FULL_SHIFT: dict[str, Any] = {
    "id": "2753600",
    "start_date": "2026-03-08T02:30:00",
    "timezone": PACIFIC,
    "workgroup": "226093",
    "signup_list": True,
    "use_time": "2",
    "dur_hrs": "8",
    "dur_mins": "30",
    "pay_rate": "19.25",
    "custom_dropdown_1": "25013",
    "custom_multipick": ["5551209", "5551210"],
    "resource": ["52"],
    "breaks": [
        {
            "name": "Lunch",
            "start_time": "12:30:00",
            "display_time": "12:30pm",
            "duration_minutes": 30,
            "paid": False,
        },
        {
            "name": "Tea",
            "start_time": "15:30:00",
            "display_time": "3:30pm",
            "duration_minutes": 15,
            "paid": True,
        },
    ],
    "created": "2026-02-01T10:00:00Z",
    "updated": "2026-02-01 11:00:00",
    "is_a_trade": False,
}

SETTINGS = {"access_key_id": "57a67b3b-34e4-4c07-a8ca-e7ecb77a7f33", "signature_key": "k" * 40}
FEEDS: dict[str, Any] = {"account.listUpdated": {"accounts": []}, "shift.listUpdated": {"shifts": []}}


class Text:
    """Answers every method with its example, a list only once, as if all rows stood in the first window."""

    def __init__(self) -> None:
        self.results: dict[str, Any] = deepcopy({**SHOWN, **MADE})
        self.results["shift.list"]["shifts"].append(FULL_SHIFT)
        self.asked: Counter[str] = Counter()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        return httpx.Response(
            200, json=[*map(self._one, call)] if isinstance(call, list) else self._one(call)
        )

    def _one(self, call: dict[str, Any]) -> dict[str, Any]:
        method = call["method"]
        self.asked[method] += 1
        result = FEEDS.get(method) or self.results[method]
        if self.asked[method] > 1 and not method.endswith(".get"):
            result = (
                [] if isinstance(result, list) else {n: type(v)() for n, v in result.items() if n != "page"}
            )
        return {"id": call["id"], "jsonrpc": "2.0", "seconds": "0.04", "result": result}
