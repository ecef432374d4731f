"""References of BOSSDesk's rows: the id of what is meant, and its name as it was when the row was read."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Int, Row, Text, column

_RGB = "rgb(133, 211, 132)"


class CiStatusRef(Row):
    id: Int = column("status of the CI", references="ci_statuses.id", example=26)
    name: Text = column("the status in words", example="Active")
    color: Text = column("CSS colour", example="#34B632")


class CiTypeRef(Row):
    id: Int = column("type of the CI", references="ci_types.id", example=68)
    name: Text = column("the type in words", example="Desktop")
    icon: Text = column("icon's name", example="fa-bars")


class CiTypeName(Row):
    id: Int = column("type of CI", references="ci_types.id", example=3923)
    name: Text = column("the type in words", example="Hardware")


class CategoryName(Row):
    id: Int = column("category", references="helpdesk_categories.id", example=3227)
    name: Text = column("the category in words", example="Network")


class CategoryRef(CategoryName):
    color: Text = column("CSS colour", example=_RGB)
    icon: Text = column("icon's name", example="fa fa-fw fa-desktop")


class ExtendedStatusRef(Row):
    id: Int = column("extended status", references="helpdesk_extended_statuses.id", example=3)
    name: Text = column("the extended status in words", example="Waiting on Customer")


class GroupRef(Row):
    id: Int = column("group of users", references="groups.id", example=6)
    name: Text = column("the group's name", example="Purchasing")


class Linked(Row):
    """A problem or a change: no table holds them, since no list of them is documented."""

    id: Int = column("global id; no table holds what is meant", example=1)
    friendly_id: Int = column("the number on screen", example=1)
    title: Text = column("title", example="People are reporting bugs")


class LocationRef(Row):
    id: Int = column("location", references="locations.id", example=47)
    name: Text = column("the location's name", example="Atlanta")


class ManufacturerRef(Row):
    id: Int = column("manufacturer", references="manufacturers.id", example=231)
    name: Text = column("the manufacturer's name", example="Gerlach-Metz Computers")


class Option(Row):
    id: Int = column("global id of the choice", example=3932)
    name: Text = column("the choice in words", example="Broken switch")


class Person(Row):
    id: Int = column("user", references="users.id", example=22571)
    friendly_id: Int = column("the user's number in URLs and on screen", example=5112)
    first_name: Text = column("given name", personal=True)
    last_name: Text = column("family name", personal=True)
    username: Text = column("sign-in name", personal=True)


class PriorityRef(Row):
    id: Int = column("priority", references="helpdesk_priorities.id", example=1)
    name: Text = column("the priority in words", example="Low")
    color: Text = column("CSS colour", example=_RGB)


class RoleRef(Row):
    id: Int = column("role; no table holds roles, since no list of them is documented", example=2)
    name: Text = column("the role's name", example="Technician")


class TagRef(Row):
    id: Int = column("tag", references="tags.id", example=54)
    name: Text = column("the tag in words", example="software")


class TaskRef(Row):
    id: Int = column("task of the same ticket", references="tickets__tasks.id", example=15)
    title: Text = column("the task's title", example="An action")


class TaskTypeRef(Row):
    id: Int = column("type of task", references="task_types.id", example=2)
    name: Text = column("the type in words", example="Communication")


class TeamRef(Row):
    id: Int = column("team of agents", references="teams.id", example=13)
    name: Text = column("the team's name", example="Email")


class TicketTypeRef(Row):
    id: Int = column("type of ticket", references="ticket_types.id", example=21)
    name: Text = column("the type in words", example="Bug Reports")
    shortcut: Text = column("short form", example="BUG")
