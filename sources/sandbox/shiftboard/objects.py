"""Which attributes each Shiftboard object has (basic, extended, only in a get), and what stands for none.

From the object sections of the vendor text (accounts 227-345, shifts 4222-4364, workgroups 8154-8247 …).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fieldhouse.sources.sandbox.sandbox import Record


@dataclass(frozen=True)
class ObjectType:
    """``basic`` empty: there is no extended form. ``detail``: attributes that only a get shows."""

    key: tuple[str, ...] = ("id",)
    basic: frozenset[str] = frozenset()
    defaults: Record = field(default_factory=dict)
    detail: frozenset[str] = frozenset()
    first_id: int = 1000
    integer_id: bool = False


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WEEK = words("sunday monday tuesday wednesday thursday friday saturday")


def _blank(names: str) -> Record:
    return dict.fromkeys(names.split(), "")


def _none(names: str) -> Record:
    return dict.fromkeys(names.split())


_ACCOUNT_BASIC: Record = {
    **_blank("external_id first_name last_name surname middle_name"),
    "screen_name": None,
    **_blank("title address address_second city state zip region country email"),
    "bad_email": False,
    **_blank("home_phone mobile_phone other_phone pager fax"),
    "is_supervisor": False,
    **_blank("supervisor_id direct_manager url timezone iana_timezone profile_type"),
    "org_hold": False,
    "org_pending": "0",
    "account_points": 0,
}
_ACCOUNT: Record = {
    **_ACCOUNT_BASIC,
    "notification_preference": "1",
    "get_reminders": True,
    "get_confirmations": True,
    "digest_type": "0",
    **_blank("sms_txt_number carrier"),
    "level": "2",
    "user_type": "user",
    "overtime_exempt": False,
    **_blank("pay_rate flat_rate paycode start_date"),
    "pay_rate_overrides": False,
    "seniority": False,
    **_none("seniority_rank seniority_date"),
}
_SHIFT_BASIC = (
    "id count qty start_date end_date timezone workgroup subject location role client department covered"
    " published urgent covering_member external_covering_member use_time dur_hrs dur_mins time_block"
)
_SHIFT: Record = {
    "count": "1",
    "qty": "1",
    "subject": "",
    "covered": False,
    "published": True,
    "urgent": False,
    "use_time": "3",
    **_blank("details reference_id linktitle linkurl room_floor zipcode"),
    **dict.fromkeys(words("no_pick_up signup_list no_trade no_credit delete_on_unconfirm is_a_trade"), False),
    "extra_credit": None,
    "work_status_type": "0",
    **_blank("pay_rate base_rate"),
    **_none("absent_reason arrive_late_reason leave_early_reason arrive_late_reason_label"),
    **_none(
        "leave_early_reason_label arrive_late_datetime leave_early_datetime status_updated acknowledged_at"
    ),
    "acknowledged": False,
    **_blank("acknowledged_notes custom_text_1 custom_text_2 custom_text_3 custom_textarea"),
    **_none("custom_dropdown_1 custom_dropdown_2 custom_dropdown_3"),
    "custom_multipick": [],
    "resource": [],
    "breaks": [],
}
_WORKGROUP_DETAIL: Record = {
    "allow_readonly": "0",
    "allow_shared_groups": {},
    **_none("team_category_1 team_category_2 team_category_3 team_category_4 team_category_5"),
    "def_pay_rate": "0.00",
    **_none("flat_rate def_paytype def_time_block"),
    **dict.fromkeys(["no_trade", "agent_private_only", "restrict_add_members"], "0"),
    **dict.fromkeys(["restrict_set_member_levels", "restricted_roles"], "0"),
    **dict.fromkeys(["coordinator_assign", "auto_shift_acknowledge"], False),
    **_none("standby_min_score standby_no_score standby_notification_message standby_notifications"),
    **_none("standby_range standby_use_range standby_use_score add_member_message no_pickups_message"),
    **_none("reminder_confirmation_custom_message use_app_20 use_app_29"),
}
_WORKGROUP: Record = {
    **_blank("name zip code"),
    **dict.fromkeys(words("org_default auto_add view_public view_public_non_org self_remove"), False),
    **dict.fromkeys(["allow_shared", "member_add_shift", "show_open", "show_confirmed"], False),
    "description": "",
    **_none("public_email public_phone public_code public_info"),
    **_blank("url address city state country office_phone"),
    **_none("mobile_phone other_phone fax pager"),
    "cancel_period": "-1",
    "allowed_conflict_mins": "0",
    "location": "0",
    **_WORKGROUP_DETAIL,
}
_TIMECARD_BASIC = (
    "id workgroup account external_account shift approved processed start_date start_time duration"
)
_TIMECARD: Record = {
    "shift": None,
    "approved": False,
    "processed": False,
    **_none("work_status_type location role client department mileage"),
    **_blank("expense_notes notes manager_notes"),
}
_TIMECLOCK_BASIC = "id workgroup account external_account clocked_in clocked_out shift"
_TIMECLOCK: Record = _none(
    "clocked_out shift clocked_out_local clockin_notes clockout_notes clockin_ipaddr clockout_ipaddr"
    " clockin_phone clockout_phone clockin_location clockout_location clockin_device_id clockout_device_id"
)
_TIME_OFF_BASIC = (
    "id start_date end_date use_time timezone workgroup member external_member summary status paid category"
)
_TIME_OFF: Record = {
    "workgroup": None,
    "status": "0",
    "paid": False,
    "category": None,
    **_blank("details admin_notes status_reason"),
    **_none("last_status_update status_update_by"),
}
_TRADE_BASIC = "id shift traded_by traded_to trade_complete status"
_NOTE_DETAIL = "custom_boolean_1 custom_dropdown_1 custom_textarea_1 last_updated org_id"
_CONTACT = "address address_second city state zip country contact_first_name contact_last_name contact_phone"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OBJECT_TYPES: dict[str, ObjectType] = {
    "accounts": ObjectType(basic=frozenset(_ACCOUNT_BASIC) | {"id"}, defaults=_ACCOUNT, first_id=2000),
    "shifts": ObjectType(basic=_words(_SHIFT_BASIC), defaults=_SHIFT, first_id=2753000),
    "shift_signups": ObjectType(("shift", "member"), defaults={"message": "", "processed": False}),
    "workgroups": ObjectType(
        basic=_words("id name zip code contact_account external_contact_account level"),
        defaults=_WORKGROUP,
        detail=frozenset(_WORKGROUP_DETAIL),
        first_id=226000,
    ),
    "memberships": ObjectType(("workgroup", "member"), defaults={"level": "2"}),
    "timecards": ObjectType(basic=_words(_TIMECARD_BASIC), defaults=_TIMECARD, first_id=510000),
    "timeclocks": ObjectType(basic=_words(_TIMECLOCK_BASIC), defaults=_TIMECLOCK, first_id=610000),
    "time_off_requests": ObjectType(basic=_words(_TIME_OFF_BASIC), defaults=_TIME_OFF, first_id=7000),
    "tradeboard": ObjectType(
        basic=_words(_TRADE_BASIC),
        defaults={
            "traded_to": None,
            "trade_complete": False,
            "status": 2,
            "notes": "",
            "trade_completed": None,
        },
        first_id=92000,
    ),
    "availability": ObjectType(
        defaults={
            **_none("workgroup start_date end_date start_time end_time"),
            "busy": False,
            **dict.fromkeys(WEEK, False),
        },
        first_id=236000,
    ),
    "profile_data": ObjectType(("account", "profile_option")),
    "profile_types": ObjectType(first_id=0),
    "profile_configuration": ObjectType(defaults={"constraint_list": ""}, first_id=2600),
    "account_points": ObjectType(defaults={"reason_id": None, "shift": None}, first_id=990, integer_id=True),
    "account_openids": ObjectType(first_id=780),
    "manager_notes": ObjectType(
        defaults={
            **_none("activity_date note_type shift updated_by custom_boolean_1 custom_dropdown_1"),
            "admin_only": False,
            "custom_textarea_1": None,
            "score": "",
            "org_id": "93",
        },
        detail=_words(_NOTE_DETAIL),
        first_id=12000,
    ),
    "manager_note_types": ObjectType(first_id=1110),
    "manager_note_custom_fields": ObjectType(("name",), first_id=0),
    "roles": ObjectType(first_id=2280),
    "clients": ObjectType(
        defaults=_blank(f"business_name {_CONTACT} contact_email notes special_instructions"), first_id=980
    ),
    "departments": ObjectType(defaults={"description": ""}, first_id=940),
    "locations": ObjectType(
        defaults={
            **_blank(
                f"description {_CONTACT} contact_email notes special_instructions latlon derived_latlon"
            ),
            "geofence_radius": None,
            "geofence_allow_ivr": False,
        },
        first_id=29100,
    ),
    "resources": ObjectType(defaults=_blank("description notes"), first_id=50),
    "paycodes": ObjectType(defaults={"description": "", "pay_rate": "0.00"}, first_id=2020),
    "paytypes": ObjectType(defaults={"description": ""}, first_id=2020),
    "direct_managers": ObjectType(first_id=0),
    "coverage_blocks": ObjectType(defaults={"days": "0", "breaks": "", "unpaid_mins": 0}, first_id=20170),
    "work_status_types": ObjectType(first_id=0),
    "team_categories": ObjectType(first_id=2740, integer_id=True),
    "team_category_items": ObjectType(first_id=2320, integer_id=True),
    "timezones": ObjectType(("name",)),
    "attestation_types": ObjectType(
        defaults={
            "enabled": True,
            "hold_account": False,
            "auto_activation": True,
            **dict.fromkeys(["name_required", "start_date_required", "end_date_required"], "optional"),
            "document_required": "optional",
            "permissions": "{}",
        }
    ),
    "membership_tiers": ObjectType(("tier",)),
    **{
        f"workgroup_{name}s": ObjectType(("workgroup", name))
        for name in ("client", "department", "location", "resource", "role")
    },
    "workgroup_coverage_blocks": ObjectType(("workgroup", "time_block")),
    "shift_custom_options": ObjectType(("list", "id"), first_id=25010),
    "timecard_custom_options": ObjectType(("list", "id"), first_id=1550),
}
