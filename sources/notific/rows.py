"""The rows of Notific's tables: what its text names. Whatever else comes is loaded as it comes."""

from __future__ import annotations

from fieldhouse.sources.engine.spec.row import Int, Row, Text, Timestamp, column


class Service(Row):
    id: Int = column("id of the service")
    name: Text = column("what the service is called", example="E-mail")


class ServiceOfInterest(Service):
    id: Int = column("the service", references="services.id")


class Operator(Row):
    id: Int = column("id of the operator")
    name: Text = column("the operator's name", personal=True)


class Customer(Row):
    id: Int = column("id of the customer")
    name: Text = column("the customer's name", personal=True)
    email: Text = column("where messages go", personal=True)
    cell_phone: Text = column("where text messages go", personal=True)
    services: list[ServiceOfInterest] = column("services that the customer is interested in")


class Ticket(Row):
    id: Int = column("id of the ticket")
    description: Text = column("what is wrong or planned", personal=True)
    start_time: Timestamp = column("when it began or will begin; sent without a zone, in UTC")
    end_time: Timestamp = column("when it ended or will end")
    expected_resolution_time: Timestamp = column("until when it should be solved")
    next_update_time: Timestamp = column("when customers will hear of it next")
    closed_time: Timestamp = column("when the ticket was closed; null while it is open")
    reopened_time: Timestamp = column("when it was opened again")
