"""What the BOSSDesk sandbox's rows are made of: names, kinds, colours."""

from __future__ import annotations

from fieldhouse.sources.sandbox.sandbox import Record


def listed(text: str) -> list[str]:
    """The words of a comma-separated text."""
    return [word.strip() for word in text.split(",")]


KEY_OWNER = "jackpot"
"""The username behind the API key: user 1."""

FIRST_NAMES = listed(
    "Nia, Jack, Al, Don, Gene, Barry, Axel, Raoul, Zoë, Søren, Łucja, Aaliyah, Priya, Ngũgĩ, Mei"
)
LAST_NAMES = listed(
    "Feeney, Pot, Dente, Key, Poole, Cade, Foley, Durgan, O'Hara, Núñez, Müller, Patel, Chen, Ødegård"
)
SUBJECTS = listed("Printer, Laptop, E-mail, VPN, Docking station, Phone, Badge reader, Wi-Fi, Payroll")
TROUBLES = listed("prints colours, does not start, is slow, asks for a password, shows an error, is lost 😕")
DESIGNATIONS = ["IT technician", "Accountant", "Nurse", "Site manager", None, ""]
ZONES = ["Eastern Time (US & Canada)", "Santiago", "Berlin", None]
ROLES: list[Record] = [
    {"id": 2, "name": "Technician"},
    {"id": 3, "name": "Manager"},
    {"id": 8533, "name": "Helpdesk"},
]
SOURCES = listed("user_portal, email, web_portal, mobile_app, api")
OPEN = listed("incoming, assigned, waiting, in_progress")
MODELS = ["Power-X", "Alpha 1", "Latitude 7440", "EliteBook 840", None]
SYSTEMS: list[tuple[str, str, str | None]] = [
    ("Windows Server 2012 R2 Standard", "6.3.9600", "1.0"),
    ("Windows 11 Pro", "10.0.22631", None),
    ("macOS 14.5", "23F79", ""),
    ("Ubuntu 24.04 LTS", "6.8.0", None),
]
SOFTWARE = listed("7-Zip, Chrome, Office 365, Slack, Zoom, VLC, Python 3.13")
COLORS = ["rgb(133, 211, 132)", "rgb(246, 135, 0)", "rgb(88, 214, 141)", "rgb(37, 160, 218)"]
CITIES = listed("Atlanta, Chicago, Berlin, Gdańsk, São Paulo, Lyon")

NAMES: dict[str, list[str]] = {
    "groups": listed(
        "Managers, Interns, Purchasing, Chicago Bulls, Nurses, Drivers, Sales, Legal, HR, Finance, Stock"
    ),
    "manufacturers": [
        f"{one}-{two}"
        for one in listed("Gerlach, Treutel, BOSS, Alpha, Nordic")
        for two in listed("Metz, Sanford, Kirlin, Hayes, Boyle, Rau, Gutmann, Lind, Ødegård")
    ],
    "ci_statuses": listed(
        "Active, Working, In repair, In stock, Ordered, Loaned, Lost, Stolen, Retired, Disposed, Unknown"
    ),
    "ci_types": listed(
        "Hardware, Desktop, Laptop, Server, Printer, Phone, Software, License, Network, Switch, Router"
    ),
    "helpdesk_extended_statuses": listed(
        "Waiting on Customer, On hold, Waiting on vendor, Scheduled, Ordered, Review, Testing, Escalated"
    ),
    "helpdesk_priorities": listed(
        "Low, Medium, High, Urgent, Critical, Planned, Someday, VIP, Night, Weekend, Site down, Safety"
    ),
    "locations": ["Europe", "Americas", *CITIES, "Oslo", "Boston", "Basement", "Roof"],
    "searches": [
        f"{which} {topic}"
        for which in listed("All, My, Open, Stale")
        for topic in listed("printers, tickets, problems")
    ],
    "tags": listed(
        "Development, IT, email, software, Intern, vip, remote, hardware, night shift, leased, field, broken"
    ),
    "task_types": listed(
        "Development, Communication, Repair, Order, Visit, Call, Test, Deploy, Review, Install, Ship, Return"
    ),
    "teams": listed(
        "Email, Database, Major Incident, Hardware Team, A-Team, Network, Phones, Field, Security, Desk, Apps"
    ),
    "ticket_types": listed(
        "Incident, Bug Reports, Request, Question, Access, Change, Outage, Purchase, Move, Leaver, Joiner"
    ),
    "helpdesk_categories": listed(
        "Email, Hardware, Network, Software, Phones, Access, Printing, Building, HR, Payroll, Web, Other"
    ),
    "custom_fields": listed(
        "Inventory label, Notes, Wiki page, Seats, Cost, Handover, Leased, Incident type, Region, Order, "
        "Weight, Confirmed, Serial, Remark, Link, Hours, Price, Due, Approved, Severity"
    ),
    "article_categories": listed(
        "New Employee Setup, Workstation Setup, Printing, Remote Work, Security, Other"
    ),
    "articles": listed(
        "How to reset a password, VPN on a phone, Order a laptop, First day, Badge is lost, Print in colour, "
        "Shared calendars, Report phishing, Book a room, Travel abroad, Return equipment, Leave of absence"
    ),
}
ARTICLES = ("article_categories", "articles")
"""The tables of API v2."""
UNPAGED = [name for name in NAMES if name not in ("groups", "manufacturers", *ARTICLES)]

ACCOUNT: Record = {
    "name": "Example Service Desk",
    "full_domain": "example.bossdesk.io",
    "ci_barcode_type": "code_93",
    "ci_barcode_method": "name",
    "time_zone": "Eastern Time (US & Canada)",
    "beginning_of_week": 0,
    "autoassign_ci_control_numbers": True,
    "ticket_comment_is_public_by_default": True,
    "default_helpdesk_priority_id": 1234,
    "default_ticket_team_id": 4567,
    "currency": {"label": "Dollar ($)", "unit": "$", "icon": "fa fa-usd"},
}
