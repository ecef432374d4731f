"""The answers that Shiftboard's text prints for methods from managerNoteType to workgroup."""

from __future__ import annotations

from typing import Any

PAGE = {"this": {"batch": 25, "start": 1}}
PACIFIC = "Pacific Time (US/Can) (GMT-08:00)"
LONDON = "Greenwich Mean Time : Dublin, Lisbon, London (GMT)"

SHOWN_OF_WORK: dict[str, Any] = {
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
