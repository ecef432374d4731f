"""Rows of BOSSDesk's reference lists and of the account itself. Times are ISO 8601 in UTC."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Int, Row, Text, Timestamp, column

from .refs import CategoryName, CiTypeName, Option, TeamRef


class Named(Row):
    id: Int = column("global id", example=3)
    name: Text = column("what it is called")
    created_at: Timestamp = column("when it was made", example="2016-05-12T13:20:45.033Z")
    updated_at: Timestamp = column("when it last changed", example="2016-07-07T09:03:57.028Z")


class Manufacturer(Row):
    id: Int = column("global id", example=2843)
    name: Text = column("what it is called", example="BOSS Inc.")
    updated_at: Timestamp = column("when it last changed; when it was made is not told")


class CiType(Named):
    parent_id: Int = column("the type above; none at the top", references="ci_types.id")


class Priority(Named):
    color: Text = column("CSS colour", example="rgb(246, 135, 0)")
    level: Int = column("rank, higher is graver", example=2)


class Location(Named):
    parent_id: Int = column("the location above; none at the top", references="locations.id")


class Search(Named):
    owner_class: Text = column("what it searches", example="ci")
    my_search: Bool = column("made by the key's own user")


class Tag(Named):
    owner_class: Text = column("what it is put on: ci, user or ticket", example="ci")


class TicketType(Named):
    shortcut: Text = column("short form", example="IN")


class Category(Named):
    color: Text = column("CSS colour", example="rgb(88, 214, 141)")
    icon: Text = column("icon's name", example="fa fa-fw fa-envelope")
    teams: list[TeamRef] = column("teams that work on it")


class CustomField(Named):
    owner_class: Text = column("ci, ticket, problem, change or release", example="ticket")
    type_id: Int = column(
        "1 string, 2 text, 3 URL, 4 integer, 5 float, 6 date, 7 boolean, 8 dropdown, 11 cascading dropdown",
        example=8,
    )
    required: Bool = column("must be filled in")
    position: Int = column("place in the form, from 0")
    ci_type: CiTypeName = column("the CI type it belongs to")
    helpdesk_category: CategoryName = column("the ticket category it belongs to")
    options: list[Option] = column("choices of a dropdown")


class ArticleCategory(Row):
    id: Int = column("global id", example=1329)
    friendly_id: Int = column("the number in URLs", example=3)
    name: Text = column("what it is called", example="New Employee Setup")


class ArticleCategoryRef(ArticleCategory):
    id: Int = column("the category", references="article_categories.id")


class Article(Row):
    """Of the fields of an article, the text that was read shows the numbers alone: the others follow API v1."""

    id: Int = column("global id")
    friendly_id: Int = column("the number in URLs")
    title: Text = column("what it is about; unconfirmed by the vendor's text")
    body: Text = column("the article, as HTML; unconfirmed by the vendor's text", personal=True)
    article_category: ArticleCategoryRef = column("the category; unconfirmed by the vendor's text")
    created_at: Timestamp = column("when it was made; unconfirmed by the vendor's text")
    updated_at: Timestamp = column("when it last changed; unconfirmed by the vendor's text")


class Currency(Row):
    label: Text = column("name and symbol", example="Dollar ($)")
    unit: Text = column("symbol", example="$")
    icon: Text = column("icon's name", example="fa fa-usd")


class Account(Row):
    name: Text = column("what the service desk is called", example="Example Service Desk")
    full_domain: Text = column("the account's host", example="example.bossdesk.io")
    ci_barcode_type: Text = column("kind of bar code on assets", example="code_93")
    ci_barcode_method: Text = column("which field the bar code holds", example="name")
    time_zone: Text = column("Rails' name of the zone", example="Eastern Time (US & Canada)")
    beginning_of_week: Int = column("0 is Sunday", example=0)
    autoassign_ci_control_numbers: Bool = column("new CIs get their control_number from the vendor")
    ticket_comment_is_public_by_default: Bool = column("new comments can be read by the requester")
    default_helpdesk_priority_id: Int = column("priority of new tickets", references="helpdesk_priorities.id")
    default_ticket_team_id: Int = column("team of new tickets", references="teams.id")
    currency: Currency = column("the account's currency")
