"""Rows of reference lists."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Bool, Decimal, Id, Int, Row, Text, added, column


class Named(Row):
    """Roles, manager note types, work status types."""

    id: Id = column("the vendor's id, stored as text")
    name: Text = column("what it is called")


class Described(Named):
    """Departments and paytypes."""

    description: Text = column("what it is for")


class Contacted(Named):
    """What clients and locations share: an address and a person to ask for."""

    address: Text = column("street address", example="123 Main St")
    address_second: Text = column("second address line")
    city: Text = column("city")
    state: Text = column("abbreviation or full name of state, province or subdivision")
    zip: Text = column("postal code")
    country: Text = column("country")
    contact_first_name: Text = column("contact person", personal=True)
    contact_last_name: Text = column("contact person", personal=True)
    contact_phone: Text = column("contact person", personal=True)
    contact_email: Text = column("contact person", personal=True)
    notes: Text = column("free text")
    special_instructions: Text = column("what members should know")


class Client(Contacted):
    business_name: Text = column("the business")


class Location(Contacted):
    description: Text = column("more about the place")
    latlon: Text = column("latitude and longitude, where they were given", example="34.015137,-118.791438")
    derived_latlon: Text = column("latitude and longitude as the vendor found them")
    geofence_radius: Int = column(
        "radius within which members may clock in; -1: anywhere; null: the site's default", unit="metres"
    )
    geofence_allow_ivr: Bool = column("clocking in by phone is allowed anywhere")


class Resource(Described):
    notes: Text = column("free text")


class Paycode(Described):
    pay_rate: Decimal = column(
        "pay rate", unit="currency of the site per hour", example="15.00", personal=True
    )


class CoverageBlock(Named):
    days: Int = column("length, beside dur", unit="days")
    dur: Text = column("length as H:MM:SS", example="8:00:00")
    start_time: Text = column("start; its zone is not stated", example="09:00:00")
    end_time: Text = column("end; its zone is not stated", example="17:00:00")
    breaks: Text = column("breaks within the block")
    unpaid_mins: Int = column("unpaid time within the block", unit="minutes")


class Timezone(Row):
    """Vendor's text, "timezone object". The figure in a label is the standard offset, wrong in summer."""

    name: Id = column("label that other records name", example="Pacific Time (US/Can) (GMT-08:00)")
    iana_timezone: Text = column("IANA name", example="America/Los_Angeles")
    standard_offset: Text = column("offset from UTC outside summer time", example="-08:00")
    abbreviations: Text = column("usual abbreviations", example="PST/PDT")
    is_organization_zone: Bool = added("the zone of the organization, as its clock names it")
