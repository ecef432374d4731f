"""Rows about workgroups and what they use."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Decimal, ForeignKey, Id, Int, Json, Row, Text, column


class Workgroup(Row):
    """Vendor's text, "workgroup object", and the example of "workgroup.get", which has attributes more."""

    id: Id = column("the vendor's id, stored as text")
    name: Text = column("what it is called")
    zip: Text = column("postal code")
    code: Text = column("nickname or code")
    contact_account: ForeignKey = column("primary contact", references="accounts.id")
    external_contact_account: Text = column("external id of the primary contact", personal=True)
    level: Int = column("level of the API account itself: 1 none, 2 member, 3 coordinator, 4 manager")
    org_default: Bool = column("new accounts become members")
    description: Text = column("shown to members")
    auto_add: Bool = column("members may add themselves")
    view_public: Bool = column("recruits within the organization")
    view_public_non_org: Bool = column("recruits outside the organization")
    public_email: Text = column("for recruits", personal=True)
    public_phone: Text = column("for recruits", personal=True)
    public_code: Text = column("summary for recruits")
    public_info: Text = column("long description for recruits")
    self_remove: Bool = column("members may remove themselves")
    allow_shared: Bool = column("shifts show in the shared schedule")
    allow_readonly: Int = column("0 not shared, 1 within the workgroup, 2 with some workgroups, 3 with all")
    allow_shared_groups: Json = column(
        "workgroups that it is shared with: id to name", example={"226001": "Ushers"}
    )
    show_confirmed: Bool = column("members see how many shifts are covered")
    member_add_shift: Bool = column("members may add covered shifts of their own")
    show_open: Bool = column("members see how many shifts are open")
    cancel_period: Int = column("so long before a shift a member may not cancel; -1 for any", unit="days")
    allowed_conflict_mins: Int = column("overlap that is no conflict", unit="minutes")
    timezone: Text = column("zone label", references="timezones.name")
    location: ForeignKey = column("default location", references="locations.id")
    url: Text = column("web site")
    address: Text = column("street address")
    city: Text = column("city")
    state: Text = column("full name of state, province or subdivision")
    country: Text = column("country")
    office_phone: Text = column("phone", personal=True)
    mobile_phone: Text = column("phone", personal=True)
    other_phone: Text = column("phone", personal=True)
    fax: Text = column("fax", personal=True)
    pager: Text = column("pager", personal=True)
    team_category_1: ForeignKey = column("item of team category 1", references="team_category_items.id")
    team_category_2: ForeignKey = column("item of team category 2", references="team_category_items.id")
    team_category_3: ForeignKey = column("item of team category 3", references="team_category_items.id")
    team_category_4: ForeignKey = column("item of team category 4", references="team_category_items.id")
    team_category_5: ForeignKey = column("item of team category 5", references="team_category_items.id")
    def_pay_rate: Decimal = column("default pay rate", unit="currency of the site per hour", personal=True)
    flat_rate: Decimal = column("flat rate", unit="currency of the site", personal=True)
    def_paytype: ForeignKey = column("default paytype", references="paytypes.id")
    def_time_block: ForeignKey = column("default coverage block", references="coverage_blocks.id")
    no_trade: Bool = column("shifts may not be traded")
    agent_private_only: Bool = column("undocumented")
    restrict_add_members: Bool = column("undocumented")
    restrict_set_member_levels: Bool = column("undocumented")
    restricted_roles: Bool = column("members need a role enabled for them")
    coordinator_assign: Bool = column("coordinators may assign shifts")
    auto_shift_acknowledge: Bool = column("assigned shifts count as acknowledged")
    standby_min_score: Text = column("undocumented")
    standby_no_score: Text = column("undocumented")
    standby_notification_message: Text = column("undocumented")
    standby_notifications: Text = column("undocumented")
    standby_range: Text = column("undocumented")
    standby_use_range: Text = column("undocumented")
    standby_use_score: Text = column("undocumented")
    add_member_message: Text = column("undocumented")
    no_pickups_message: Text = column("undocumented")
    reminder_confirmation_custom_message: Text = column("undocumented")
    use_app_20: Text = column("undocumented")
    use_app_29: Text = column("undocumented")
    deleted: Bool = column("listed among the deleted workgroups")


class WorkgroupClient(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    client: Id = column("client", references="clients.id")


class WorkgroupDepartment(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    department: Id = column("department", references="departments.id")


class WorkgroupLocation(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    location: Id = column("location", references="locations.id")


class WorkgroupResource(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    resource: Id = column("resource", references="resources.id")


class WorkgroupRole(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    role: Id = column("role", references="roles.id")


class WorkgroupCoverageBlock(Row):
    workgroup: Id = column("workgroup", references="workgroups.id")
    time_block: Id = column("coverage block", references="coverage_blocks.id")
    name: Text = column("the block's name")
    days: Int = column("length of the block, beside the hours", unit="days")
    duration: Decimal = column("length of the block", unit="hours")
    start_time: Text = column("start of the block; its zone is not stated")
    end_time: Text = column("end of the block; its zone is not stated")


class TeamCategory(Row):
    id: Id = column("the vendor's id, not the N of team_category_N")
    category: Int = column("1 to 5: the N of team_category_N")
    label: Text = column("what the site calls it", example="Sales")


class TeamCategoryItem(Row):
    id: Id = column("the vendor's id, stored as text")
    category: Int = column("the category's number, not its id", references="team_categories.category")
    name: Text = column("the choice in words")
    deleted: Bool = column("listed among the deleted items")


class AttestationType(Row):
    """Vendor's text, "attestationType object". No method reads the attestations themselves."""

    id: Id = column("a UUID")
    name: Text = column("unique name", example="Certifications")
    enabled: Bool = column("in use")
    hold_account: Bool = column("accounts are put on hold when theirs expire")
    auto_activation: Bool = column("a new attestation is active at once")
    name_required: Text = column("optional, required or unused")
    start_date_required: Text = column("optional, required or unused")
    end_date_required: Text = column("optional, required or unused")
    document_required: Text = column("optional, required or unused")
    permissions: Text = column("undocumented: JSON in a string", example="{}")
