"""The rows of BOSSDesk's tables, as its documentation shows them. Times are ISO 8601 in UTC."""

from __future__ import annotations

from sources.engine.row import Bool, Date, Int, Row, Text, Utc, column


class Ref(Row):
    id: Int = None
    name: Text = None


class TypeRef(Ref):
    icon: Text = None
    shortcut: Text = None


class Coloured(Ref):
    color: Text = None
    icon: Text = None


class Person(Row):
    id: Int = column("user", references="users.id")
    friendly_id: Int = None
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    username: Text = column("sign-in name", personal=True)


class Named(Row):
    id: Int = None
    name: Text = None
    created_at: Utc = None
    updated_at: Utc = None


class Manufacturer(Row):
    id: Int = None
    name: Text = None
    updated_at: Utc = None


class CiType(Named):
    parent_id: Int = column("the type above", references="ci_types.id")


class Priority(Named):
    color: Text = column("CSS colour", example="rgb(246, 135, 0)")
    level: Int = column("rank, higher is graver")


class Location(Named):
    parent_id: Int = column("the location above", references="locations.id")


class Search(Named):
    owner_class: Text = column("what it searches", example="ci")
    my_search: Bool = None


class Tag(Named):
    owner_class: Text = column("what it is put on: ci, user or ticket", example="ci")


class TicketType(Named):
    shortcut: Text = column("short form", example="IN")


class Category(Named):
    color: Text = None
    icon: Text = None
    teams: list[Ref] = column("teams that work on it")


class CustomField(Named):
    owner_class: Text = column("ci, ticket, problem, change or release")
    type_id: Int = column(
        "1 string, 2 text, 3 URL, 4 integer, 5 float, 6 date, 7 boolean, 8 dropdown, 11 cascading dropdown"
    )
    required: Bool = None
    position: Int = None
    ci_type: Ref = column("the CI type it belongs to")
    helpdesk_category: Ref = column("the ticket category it belongs to")
    options: list[Ref] = column("choices of a dropdown")


class Currency(Row):
    label: Text = None
    unit: Text = column("symbol", example="$")
    icon: Text = None


class Account(Row):
    name: Text = None
    full_domain: Text = column("the account's host", example="example.bossdesk.io")
    ci_barcode_type: Text = None
    ci_barcode_method: Text = None
    time_zone: Text = column("Rails' name of the zone", example="Eastern Time (US & Canada)")
    beginning_of_week: Int = column("0 is Sunday")
    autoassign_ci_control_numbers: Bool = None
    ticket_comment_is_public_by_default: Bool = None
    default_helpdesk_priority_id: Int = column("priority of new tickets", references="helpdesk_priorities.id")
    default_ticket_team_id: Int = column("team of new tickets", references="teams.id")
    currency: Currency = column("the account's currency")


class FieldValue(Row):
    field_id: Int = column("which custom field", references="custom_fields.id")
    value: Text = column("the value as text; its type is the field's type_id", personal=True)


class Attachment(Row):
    id: Int = None
    name: Text = column("file name")
    description: Text = column("what the file is", personal=True)
    created_at: Utc = None
    size: Int = column("size of the file", unit="bytes")


class Comment(Row):
    id: Int = None
    body: Text = column("HTML", personal=True)
    created_at: Utc = None
    is_public: Bool = None
    from_agent: Bool = None
    source: Text = column("where it was written", example="web_portal")
    created_by: Person = column("author")
    attachments: list[Attachment] = column("files")


class TaskRef(Row):
    id: Int = None
    title: Text = None


class TimeEntry(Row):
    id: Int = None
    task_id: Int = None
    date: Date = column("day of the work")
    duration: Int = column("time spent", unit="minutes")
    billable: Bool = None
    agent: Person = column("who worked")
    task: TaskRef = column("the ticket's task it was spent on")


class Task(Row):
    id: Int = None
    title: Text = None
    note: Text = column("free text", personal=True)
    created_at: Utc = column("the vendor's own sample holds an impossible second here; such a value is null")
    due_at: Utc = None
    closed_at: Utc = None
    type: Ref = column("type of task")
    team: Ref = column("team that does it")
    agent: Person = column("who does it")
    created_by: Person = column("who asked for it")


class Approval(Row):
    id: Int = None
    status: Text = column("where the request stands", example="sent")
    comment: Text = column("free text", personal=True)
    created_at: Utc = None
    responded_at: Utc = None
    user: Person = column("who is asked")


class TicketCi(Row):
    id: Int = column("the asset", references="cis.id")
    friendly_id: Int = None
    name: Text = None
    online: Bool = None
    updated_at: Utc = None
    inventory_updated_at: Utc = None
    archived_at: Utc = None
    os: Text = None
    type: TypeRef = column("type of CI")
    status: Coloured = column("status of the CI")


class Linked(Row):
    id: Int = None
    friendly_id: Int = None
    title: Text = None


class Requester(Person):
    is_agent: Bool = None
    email: Text = column("address", personal=True)
    phone: Text = column("number", personal=True)
    mobile: Text = column("number", personal=True)
    group: Ref = column("the requester's group")


class Ticket(Row):
    id: Int = column("global id")
    friendly_id: Int = column("the number in URLs and on screen")
    title: Text = None
    description: Text = column("HTML", personal=True)
    status: Text = column("incoming, assigned, open, closed …", example="assigned")
    source: Text = column("how it came in", example="user_portal")
    created_at: Utc = None
    updated_at: Utc = None
    due_at: Utc = None
    closed_at: Utc = None
    lock_version: Int = column("grows with every change")
    type: TypeRef = column("type of ticket")
    priority: Coloured = column("priority")
    category: Coloured = column("category")
    extended_status: Ref = column("extended status")
    agent: Person = column("who works on it")
    team: Ref = column("team that works on it")
    requester: Requester = column("who asked")
    problem: Linked = column("the problem it belongs to")
    change: Linked = column("the change it belongs to")
    comments: list[Comment] = column("conversation, oldest first")
    attachments: list[Attachment] = column("files")
    tags: list[Ref] = column("tags")
    tasks: list[Task] = column("tasks")
    time_entries: list[TimeEntry] = column("time spent")
    approval_requests: list[Approval] = column("approvals asked for")
    cis: list[TicketCi] = column("assets concerned")
    custom_fields: list[FieldValue] = column("values of custom fields, a row each")


class Os(Row):
    name: Text = None
    version: Text = None
    service_pack: Text = None
    manufacturer_name: Text = None
    installation_directory: Text = None


class Bios(Row):
    name: Text = None
    version: Text = None
    manufacturer: Text = None


class Inventory(Row):
    os: Os = column("operating system")
    bios: Bios = column("firmware")


class CiUser(Person):
    email: Text = column("address", personal=True)
    domain_name: Text = None
    group: Ref = column("the user's group")
    roles: list[Ref] = column("roles")


class PurchaseOrder(Row):
    id: Int = None
    friendly_id: Int = None
    number: Text = None


class Ci(Row):
    id: Int = column("global id")
    friendly_id: Int = column("the number in URLs and on screen")
    name: Text = None
    alias: Text = None
    description: Text = None
    model: Text = None
    serial_number: Text = None
    control_number: Text = None
    type: TypeRef = column("type of CI")
    status: Coloured = column("status of the CI")
    location: Ref = column("where it is")
    manufacturer: Ref = column("who made it")
    purchase_order: PurchaseOrder = column("how it was bought")
    inventory: Inventory = column("what the agent software found")
    inventory_updated_at: Utc = None
    online: Bool = None
    dns_host_name: Text = None
    distinguished_name: Text = None
    archived: Bool = None
    archived_at: Utc = column("set when archived; not a delete")
    created_at: Utc = None
    updated_at: Utc = None
    tags: list[Ref] = column("tags")
    users: list[CiUser] = column("who uses it")
    custom_fields: list[FieldValue] = column("values of custom fields, a row each")


class User(Row):
    id: Int = column("global id")
    friendly_id: Int = column("the number in URLs and on screen")
    email: Text = column("address", personal=True)
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    username: Text = column("sign-in name", personal=True)
    domain_name: Text = None
    designation: Text = column("job title")
    phone: Text = column("number", personal=True)
    mobile: Text = column("number", personal=True)
    other_email: Text = column("address", personal=True)
    time_zone: Text = column("Rails' name of the zone")
    is_agent: Bool = None
    archived_at: Utc = column("set when archived; not a delete")
    created_at: Utc = None
    updated_at: Utc = None
    location: Ref = column("where the user is")
    group: Ref = column("the user's group")
    tags: list[Ref] = column("tags")
    roles: list[Ref] = column("roles")
