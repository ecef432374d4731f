"""Rows of BOSSDesk's tickets, assets and users, as its documentation shows them. Times are ISO 8601 in UTC."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Date, Int, Row, Text, Timestamp, column

from .refs import (
    CategoryRef,
    CiStatusRef,
    CiTypeRef,
    ExtendedStatusRef,
    GroupRef,
    Linked,
    LocationRef,
    ManufacturerRef,
    Person,
    PriorityRef,
    RoleRef,
    TagRef,
    TaskRef,
    TaskTypeRef,
    TeamRef,
    TicketTypeRef,
)


class FieldValue(Row):
    field_id: Int = column("which custom field", references="custom_fields.id")
    value: Text = column("the value as text; its type is the field's type_id", personal=True)


class Attachment(Row):
    """``secure_url`` opens the file to anybody for ten minutes and is not loaded."""

    id: Int = column("global id", example=21)
    name: Text = column("file name", example="screenshot.jpg")
    description: Text = column("what the file is", personal=True)
    created_at: Timestamp = column("when it was attached")
    size: Int = column("size of the file", unit="bytes", example=832032)


class Comment(Row):
    id: Int = column("global id", example=58)
    body: Text = column("HTML", personal=True)
    created_at: Timestamp = column("when it was written")
    is_public: Bool = column("the requester may read it")
    from_agent: Bool = column("written by an agent")
    source: Text = column("where it was written", example="web_portal")
    created_by: Person = column("author")
    attachments: list[Attachment] = column("files")


class TimeEntry(Row):
    id: Int = column("global id", example=13)
    task_id: Int = column("the ticket's task it was spent on", references="tickets__tasks.id", example=15)
    date: Date = column("day of the work", example="2016-10-17")
    duration: Int = column("time spent", unit="minutes", example=150)
    billable: Bool = column("is charged")
    agent: Person = column("who worked")
    task: TaskRef = column("the ticket's task it was spent on")


class Task(Row):
    id: Int = column("global id", example=15)
    title: Text = column("what is to do", example="An action")
    note: Text = column("free text", personal=True)
    created_at: Timestamp = column(
        "the vendor's own sample holds an impossible second here; such a value is null"
    )
    due_at: Timestamp = column("until when")
    closed_at: Timestamp = column("when it was done; none while it is open")
    type: TaskTypeRef = column("type of task")
    team: TeamRef = column("team that does it")
    agent: Person = column("who does it")
    created_by: Person = column("who asked for it")


class Approval(Row):
    id: Int = column("global id", example=92)
    status: Text = column("where the request stands", example="sent")
    comment: Text = column("free text", personal=True)
    created_at: Timestamp = column("when it was asked for")
    responded_at: Timestamp = column("when it was answered; none while it is not")
    user: Person = column("who is asked")


class TicketCi(Row):
    id: Int = column("the asset", references="cis.id", example=16673)
    friendly_id: Int = column("the asset's number in URLs and on screen", example=4508)
    name: Text = column("what the asset is called", example="COMPUTER-87")
    online: Bool = column("the asset was seen by the agent software")
    updated_at: Timestamp = column("when the asset last changed")
    inventory_updated_at: Timestamp = column("when the agent software last reported")
    archived_at: Timestamp = column("set when archived")
    os: Text = column("name of the operating system", example="Windows 98 Internet Edition")
    type: CiTypeRef = column("type of the CI")
    status: CiStatusRef = column("status of the CI")


class Requester(Person):
    is_agent: Bool = column("works on tickets, too")
    email: Text = column("address", personal=True)
    phone: Text = column("number", personal=True)
    mobile: Text = column("number", personal=True)
    group: GroupRef = column("the requester's group")


class Ticket(Row):
    id: Int = column("global id", example=100)
    friendly_id: Int = column("the number in URLs and on screen", example=75)
    title: Text = column("what it is about", example="My harddrive email socket is not responding :(")
    description: Text = column("HTML", personal=True)
    status: Text = column("incoming, assigned, open, closed …", example="assigned")
    source: Text = column("how it came in", example="user_portal")
    created_at: Timestamp = column("when it came in", example="2016-10-12T08:50:29.274Z")
    updated_at: Timestamp = column("when it last changed", example="2016-10-18T09:29:04.178Z")
    due_at: Timestamp = column("until when it should be solved")
    closed_at: Timestamp = column("when it was closed; none while it is open")
    lock_version: Int = column("grows with every change", example=2)
    type: TicketTypeRef = column("type of ticket")
    priority: PriorityRef = column("priority")
    category: CategoryRef = column("category")
    extended_status: ExtendedStatusRef = column("extended status")
    agent: Person = column("who works on it")
    team: TeamRef = column("team that works on it")
    requester: Requester = column("who asked")
    problem: Linked = column("the problem it belongs to")
    change: Linked = column("the change it belongs to")
    comments: list[Comment] = column("conversation, oldest first")
    attachments: list[Attachment] = column("files")
    tags: list[TagRef] = column("tags")
    tasks: list[Task] = column("tasks")
    time_entries: list[TimeEntry] = column("time spent")
    approval_requests: list[Approval] = column("approvals asked for")
    cis: list[TicketCi] = column("assets concerned")
    custom_fields: list[FieldValue] = column("values of custom fields, a row each")


class Os(Row):
    name: Text = column("name", example="Windows Server 2012 R2 Standard")
    version: Text = column("version", example="6.3.9600")
    service_pack: Text = column("service pack", example="1.0")
    manufacturer_name: Text = column("who made it", example="Microsoft Corporation")
    installation_directory: Text = column("where it is installed", example="C:\\Windows")


class Bios(Row):
    name: Text = column("name", example="PhoenixBIOS 4.0 Release 6.0")
    version: Text = column("version", example="INTEL - 6040000")
    manufacturer: Text = column("who made it", example="Phoenix Technologies LTD")


class Inventory(Row):
    """The text ends its example with "...": whatever else comes is loaded as it comes."""

    os: Os = column("operating system")
    bios: Bios = column("firmware")


class CiUser(Person):
    email: Text = column("address", personal=True)
    domain_name: Text = column("Windows domain", example="MEGACORP")
    group: GroupRef = column("the user's group")
    roles: list[RoleRef] = column("roles")


class PurchaseOrder(Row):
    id: Int = column("global id; no table holds purchase orders", example=5)
    friendly_id: Int = column("the number on screen", example=1)
    number: Text = column("the order's number", example="PO12345")


class Ci(Row):
    id: Int = column("global id", example=185235)
    friendly_id: Int = column("the number in URLs and on screen", example=15)
    name: Text = column("what it is called", example="BOSS-1000")
    alias: Text = column("a second name; shown by saved searches", example="Boss's computer")
    description: Text = column("free text", example="Boss's computer")
    model: Text = column("model", example="Power-X")
    serial_number: Text = column("the maker's number", example="09384124-2-4124-24s")
    control_number: Text = column("the owner's number", example="OSIJD-3209-DJOP")
    type: CiTypeRef = column("type of the CI")
    status: CiStatusRef = column("status of the CI")
    location: LocationRef = column("where it is")
    manufacturer: ManufacturerRef = column("who made it")
    purchase_order: PurchaseOrder = column("how it was bought")
    purchase_order_id: Int = column("the order's id, where it comes alone; no table holds purchase orders")
    inventory: Inventory = column("what the agent software found")
    inventory_updated_at: Timestamp = column("when the agent software last reported")
    online: Bool = column("seen by the agent software")
    dns_host_name: Text = column("host name", example="BOSS-1000.int.example.com")
    distinguished_name: Text = column("name in the directory", example="CN=BOSS-1000,CN=Computers,DC=int")
    archived: Bool = column("put aside; only lists say so, a detail has archived_at")
    archived_at: Timestamp = column("set when archived; not a delete")
    created_at: Timestamp = column("when it was made")
    updated_at: Timestamp = column("when it last changed")
    tags: list[TagRef] = column("tags")
    users: list[CiUser] = column("who uses it")
    custom_fields: list[FieldValue] = column("values of custom fields, a row each")


class User(Row):
    id: Int = column("global id", example=834)
    friendly_id: Int = column("the number in URLs and on screen", example=30)
    email: Text = column("address", personal=True)
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    username: Text = column("sign-in name", personal=True)
    domain_name: Text = column("Windows domain", example="SOMECORP")
    designation: Text = column("job title", example="IT technician")
    phone: Text = column("number", personal=True)
    mobile: Text = column("number", personal=True)
    other_email: Text = column("address", personal=True)
    time_zone: Text = column("Rails' name of the zone", example="Eastern Time (US & Canada)")
    is_agent: Bool = column("works on tickets")
    archived_at: Timestamp = column("set when archived; not a delete")
    created_at: Timestamp = column("when the user was made")
    updated_at: Timestamp = column("when the user last changed")
    location: LocationRef = column("where the user is")
    group: GroupRef = column("the user's group")
    tags: list[TagRef] = column("tags")
    roles: list[RoleRef] = column("roles")
