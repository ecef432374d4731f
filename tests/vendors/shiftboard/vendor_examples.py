"""The answers that Shiftboard's text prints, by method, with its slips of the pen mended.

``SHOWN`` are the text's own examples (a few with the rows of two of them), ``MADE`` stand for methods that have none,
by their lists of attributes.
"""

from __future__ import annotations

from typing import Any

PAGE = {"this": {"batch": 25, "start": 1}}
PACIFIC = "Pacific Time (US/Can) (GMT-08:00)"
LONDON = "Greenwich Mean Time : Dublin, Lisbon, London (GMT)"

SHOWN: dict[str, Any] = {
    "account.list": {
        "count": "1",
        "page": PAGE,
        "accounts": [
            {
                "home_phone": "18007467531",
                "bad_email": False,
                "state": "Washington",
                "last_name": "Testing 2",
                "email": "132997@servola.org",
                "city": "Seattle",
                "fax": "",
                "url": "",
                "address": "720 3rd Ave, Suite 2200",
                "id": "2",
                "country": "United States",
                "org_hold": False,
                "timezone": PACIFIC,
                "region": "",
                "middle_name": "",
                "profile_type": "1",
                "surname": "",
                "other_phone": "",
                "zip": "98104",
                "org_pending": "0",
                "pager": "",
                "mobile_phone": "",
                "title": "",
                "first_name": "Auto",
            }
        ],
    },
    "account.listOpenids": {
        "count": 1,
        "account_openids": [{"openid": "http://openid4.example.com/", "id": "785"}],
    },
    "accountPoints.list": {
        "account_points": [
            {
                "account": "2",
                "account_points": 10,
                "created_by": 114,
                "created_by_name": "Deb Nicol",
                "created_date": "2020-07-02T20:59:19Z",
                "date": "2020-07-02",
                "display_date": "Thursday, July 2, 2020",
                "display_expiration_date": "Friday, Jan 1, 2100",
                "expiration_date": "2100-01-01",
                "id": 1001,
                "reason": "wore a New York Yankees t-shirt",
                "reason_id": None,
                "shift": None,
                "type": "ad_hoc",
                "user_actions": {"delete": True, "edit": True},
            },
            {
                "account": "2",
                "account_points": 1,
                "created_by": 113,
                "created_by_name": "Jet the Dog",
                "created_date": "2020-07-01T13:50:22Z",
                "date": "2020-07-01",
                "display_date": "Wednesday, July 1, 2020",
                "display_expiration_date": "Thursday, July 1, 2021",
                "expiration_date": "2021-07-01",
                "id": 994,
                "reason": "Emergency",
                "reason_id": 36425,
                "shift": {
                    "display_adj_start_time": "11:50pm",
                    "display_date": "2020-07-15",
                    "display_end_time": "11:30am (Thurs)",
                    "display_start_time": "11:30pm",
                    "display_time": "11:30pm - 11:30am (Thurs)",
                    "end_date": "2020-07-01T20:00:00Z",
                    "id": 323451686,
                    "local_arrive_late_datetime": "2020-07-15T23:50:00",
                    "local_end_date": "2020-07-16T11:30:00",
                    "local_start_date": "2020-07-15T23:30:00",
                    "local_timezone": "Central Time (US/Can) (GMT-06:00)",
                    "start_date": "2020-07-01T13:00:00Z",
                    "workgroup": 2699032,
                    "workgroup_label": "Team A",
                },
                "type": "absent",
                "user_actions": {"delete": False, "edit": False},
            },
        ],
        "total": 11,
        "user_actions": {"create": True},
    },
    "attestationType.list": {
        "attestationTypes": [
            {
                "auto_activation": False,
                "document_required": "optional",
                "enabled": True,
                "end_date_required": "optional",
                "hold_account": False,
                "id": "01234567-890a-bcde-f012-3456789abcde",
                "name": "Contract",
                "name_required": "optional",
                "permissions": "{}",
                "start_date_required": "optional",
            }
        ]
    },
    "availability.list": {
        "availability": [
            {
                "sunday": False,
                "friday": True,
                "account": "1",
                "start_time": "11:00:00",
                "tuesday": True,
                "monday": True,
                "end_time": "12:00:00",
                "end_date": None,
                "wednesday": True,
                "saturday": False,
                "thursday": True,
                "id": "236471",
                "start_date": "2013-04-01",
                "busy": True,
            },
            {
                "sunday": False,
                "friday": False,
                "account": "1",
                "start_time": "05:00:00",
                "tuesday": False,
                "monday": False,
                "end_time": "11:00:00",
                "end_date": None,
                "wednesday": False,
                "saturday": True,
                "thursday": False,
                "id": "237006",
                "start_date": None,
                "busy": False,
            },
        ],
        "count": "5",
        "page": {"this": {"batch": 10, "start": 1}},
    },
    "client.list": {
        "count": "1",
        "page": PAGE,
        "clients": [
            {
                "special_instructions": "test special instructions",
                "country": "USA",
                "contact_phone": "5555551212",
                "contact_last_name": "test",
                "name": "client 887",
                "contact_first_name": "client",
                "state": "WA",
                "city": "testmetro",
                "zip": "90210",
                "notes": "test note",
                "address_second": "apt 1 test",
                "contact_email": "test@example.com",
                "id": "988",
                "address": "123 test st",
                "business_name": "test",
            }
        ],
    },
    "coverageBlock.list": {
        "count": 1,
        "page": {"this": {"batch": 10, "start": 1}},
        "shift/coverage blocks": [
            {
                "breaks": "",
                "days": "0",
                "dur": "8:00:00",
                "end_time": "17:00:00",
                "id": "20175",
                "name": "8hr coverage block",
                "start_time": "09:00:00",
                "unpaid_mins": 0,
            }
        ],
    },
    "department.list": {"count": "1", "page": PAGE, "departments": [{"name": "department 977", "id": "948"}]},
    "directManager.list": {
        "count": "1",
        "page": PAGE,
        "direct_managers": [{"account": 12345, "id": "1", "name": "First Last"}],
    },
    "location.list": {
        "count": "1",
        "locations": [
            {
                "id": "29117",
                "name": "location 556",
                "description": "Not really his real address...",
                "address": "1 Main St",
                "address_second": "Apt 1I",
                "city": "Beverly Hills",
                "contact_email": "test@example.com",
                "contact_first_name": "Luke",
                "contact_last_name": "Perry",
                "contact_phone": "555-555-1212",
                "country": "USA",
                "latlon": "",
                "notes": "That's we're we want to be",
                "special_instructions": "Livin' in Beverly Hills",
                "state": "California",
                "zip": "90210",
            }
        ],
        "page": PAGE,
    },
    "managerNote.list": {
        "count": "2",
        "manager_notes": [
            {
                "account": "2",
                "activity_date": None,
                "admin_only": False,
                "created_by": "1",
                "creation_date": "2019-01-01 18:27:36",
                "id": "11111",
                "note_type": "7317",
                "notes": "These are some notes",
                "score": "11",
                "shift": None,
                "updated_by": None,
                "user_actions": {"delete": True, "edit": True},
                "workgroup": "9999",
            }
        ],
        "page": {"this": {"batch": 10, "start": 1}},
    },
    "managerNote.get": {
        "manager_note": {
            "account": "1",
            "activity_date": None,
            "admin_only": False,
            "created_by": "1",
            "creation_date": "2019-01-01 18:27:36",
            "custom_boolean_1": True,
            "custom_dropdown_1": "first option",
            "custom_textarea_1": "text found in the text area",
            "id": "11111",
            "last_updated": "2019-01-01 18:27:36",
            "note_type": "1234",
            "notes": "These are some notes",
            "org_id": "1",
            "score": "11",
            "shift": "12345",
            "updated_by": "1",
            "user_actions": {"delete": True, "edit": True},
            "workgroup": "999999",
        },
        "referenced_objects": {"score": ["11 - Excellent"]},
    },
    "managerNote.customFields": {
        "custom_fields": [
            {"label": "ImaBoolean", "name": "custom_boolean_1", "type": "boolean"},
            {
                "label": "ImaDropdown",
                "name": "custom_dropdown_3",
                "type": "dropdown",
                "values": ["a", "b", "c"],
            },
            {"label": "ImaTextarea", "name": "custom_textarea_2", "type": "textarea"},
        ]
    },
    "managerNoteType.list": {
        "manager_note_type": [{"id": "1111", "name": "Progress"}, {"id": "1112", "name": "Review"}]
    },
    "membership.list": {
        "memberships": [
            {
                "id": "226093-2",
                "creation_date": "2018-01-02 02:24:00",
                "workgroup": "226093",
                "level": "2",
                "member": "2",
                "profile_type_id": "1",
            },
            {
                "id": "226093-3",
                "creation_date": "2018-01-02 02:24:00",
                "workgroup": "226093",
                "level": "2",
                "member": "3",
                "profile_type_id": "1",
            },
        ],
        "count": "9569",
        "page": {"this": {"batch": 2, "start": 1}},
    },
    "membership.tierList": {"tiers": {"10": "Platinum", "7": "Copper", "8": "Silver", "9": "Gold"}},
    "paycode.list": {
        "count": "1",
        "page": PAGE,
        "paycodes": [
            {"pay_rate": "15.00", "name": "universal minimum wage", "id": "2020", "description": ""}
        ],
    },
    "paytype.list": {
        "count": "1",
        "page": PAGE,
        "paytypes": [
            {"id": "2020", "name": "Per Diem", "description": "Daily rate"},
            {"id": "2021", "name": "Mileage", "description": "Mileage Reimbursement"},
        ],
    },
    "profileConfiguration.list": {
        "profile_configuration": [
            {
                "page": "1",
                "section": "3",
                "column": "2",
                "sort": "8",
                "constraint_list": "",
                "profile_type": "1",
                "profile_option": "130",
                "write_authorization": "Managers and higher",
                "label": "First Name of Reference",
                "type": "varchar100",
                "id": "2692",
                "read_authorization": "Members and higher",
            }
        ]
    },
    "profileData.list": {
        "count": 4,
        "page": {"this": {"batch": 10, "start": 1}},
        "profile_data": [
            {"profile_option": "620", "account": "1", "value": "(encrypted)"},
            {"profile_option": "16", "account": "1", "value": "206-555-1234"},
            {"profile_option": "186", "account": "1", "value": "Brother"},
            {"profile_option": "37", "account": "1", "value": ["Data Entry", "Driver"]},
        ],
    },
    "profileType.list": {
        "count": "2",
        "page": PAGE,
        "profile_types": [
            {
                "name": "Basic Profile",
                "id": "1",
                "pages": [
                    {"id": "2", "name": "Page 1", "sort": "1"},
                    {"id": "3", "name": "Page 2", "sort": "2"},
                ],
            }
        ],
    },
    "resource.list": {
        "count": 1,
        "page": {"this": {"batch": 10, "start": 1}},
        "resources": [
            {
                "description": "This is a Test Resource",
                "id": "52",
                "name": "TestResource",
                "notes": "Test resource notes",
            }
        ],
    },
    "role.list": {"roles": [{"name": "role 813", "id": "2281"}], "count": "1", "page": PAGE},
    "shift.list": {
        "shifts": [
            {
                "count": "1",
                "timezone": LONDON,
                "subject": "updated",
                "qty": "1",
                "workgroup": "226084",
                "published": True,
                "covered": True,
                "end_date": "2010-09-17T14:30:00",
                "id": "2753501",
                "start_date": "2010-09-17T14:00:00",
            },
            {
                "reference_id": "",
                "linkurl": "",
                "work_status_type": "0",
                "signup_list": False,
                "id": "2753499",
                "start_date": "2010-09-17T12:00:00",
                "count": "1",
                "timezone": PACIFIC,
                "subject": "",
                "urgent": False,
                "zipcode": "60616",
                "details": "",
                "qty": "1",
                "workgroup": "226081",
                "published": False,
                "covered": False,
                "no_pick_up": False,
                "room_floor": "",
                "linktitle": "",
            },
        ],
        "count": "1",
        "page": PAGE,
    },
    "shift.customDropdownList": {
        "custom_listable_1": {"25013": "Listable 1 Value A", "25014": "Listable 1 Value B"},
        "custom_listable_2": {"25015": "Listable 2 Value A"},
    },
    "shift.customMultipickList": {
        "custom_multipick": [
            {"description": "Multipick Value One", "id": "5551209", "name": "One"},
            {"description": "Multipick Value Two", "id": "5551210", "name": "Two"},
        ],
        "custom_multipick_2": [{"description": "Choice A", "id": "5551211", "name": "A"}],
        "custom_multipick_3": [],
    },
    "shift.customTextList": {
        "custom_text_1": {"label": "Custom Text 1", "permissions": {"auth_read": 2, "auth_write": 4}},
        "custom_textarea": {"label": "Custom Text Area", "permissions": {"auth_read": 2, "auth_write": "4"}},
    },
    "teamCategory.list": [{"label": "Sales", "category": 1, "id": 2743}],
    "teamCategoryItem.list": {
        "count": 2,
        "page": {"this": {"batch": 10, "start": 1}},
        "items": [
            {"name": "Inside Sales", "category": 3, "id": 2329},
            {"name": "Outside Sales", "category": 3, "id": 2327},
        ],
    },
    "timecard.customDropdownList": {
        "custom_listable_1": {"1550": "Red", "1551": "Blue", "1552": "Green"},
        "custom_listable_4": {"1558": "Baseball"},
    },
    "tradeboard.list": {
        "tradeboard": [
            {
                "shift": "25687871",
                "id": "1123",
                "trade_complete": False,
                "traded_by": "20",
                "traded_to": None,
            },
            {
                "trade_completed": "2014-01-21T20:40:38Z",
                "shift": "56789012",
                "notes": "Need to see the dentist; please take this trade",
                "id": "123456",
                "traded_to": "47",
                "traded_by": "39",
                "trade_complete": True,
            },
        ],
        "count": "1",
        "page": {"this": {"batch": 10, "start": 1}},
    },
    "workgroup.list": {
        "count": "1",
        "page": PAGE,
        "workgroups": [
            {
                "contact_account": "948",
                "public_info": "some public info",
                "state": "California",
                "org_default": True,
                "url": "http://www.servola.org/",
                "address": "1 Main St",
                "id": "226093",
                "allowed_conflict_mins": "90",
                "code": "thecode",
                "level": 2,
                "location": "29120",
                "timezone": LONDON,
                "public_phone": "5555551212",
                "view_public": True,
                "show_confirmed": True,
                "name": "Test Workgroup 226093",
                "description": "some info",
                "zip": "90210",
                "mobile_phone": "5555551212",
                "view_public_non_org": True,
                "auto_add": True,
                "public_email": "test@servola.org",
                "public_code": "public code",
                "city": "Beverly Hills",
                "fax": "5555551212",
                "allow_shared": True,
                "self_remove": True,
                "country": "USA",
                "office_phone": "5555551212",
                "cancel_period": "5",
                "member_add_shift": False,
                "show_open": True,
                "other_phone": "5555551212",
                "pager": "5555551212",
            }
        ],
    },
    "workgroup.get": {
        "workgroup": {
            "add_member_message": None,
            "agent_private_only": "0",
            "allow_readonly": "3",
            "allow_shared_groups": {},
            "auto_shift_acknowledge": False,
            "cancel_period": "-1",
            "coordinator_assign": False,
            "def_pay_rate": "0.00",
            "def_paytype": None,
            "flat_rate": None,
            "id": "226093",
            "level": 4,
            "location": "0",
            "no_trade": "1",
            "restricted_roles": "0",
            "team_category_1": None,
        }
    },
    "workgroup.listClients": {
        "count": "1",
        "page": PAGE,
        "workgroup_clients": [{"client": "988", "workgroup": "226093"}],
    },
    "workgroup.listDepartments": {
        "count": "1",
        "page": PAGE,
        "workgroup_departments": [{"workgroup": "226093", "department": "949"}],
    },
    "workgroup.listLocations": {
        "count": "1",
        "page": PAGE,
        "workgroup_locations": [{"workgroup": "226093", "location": "29118"}],
    },
    "workgroup.listResources": {
        "workgroup_resources": [{"workgroup": "226093", "resource": "2"}],
        "count": "1",
        "page": PAGE,
    },
    "workgroup.listRoles": {
        "count": "1",
        "workgroup_roles": [{"workgroup": "226093", "role": "2282"}],
        "page": PAGE,
    },
}
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
