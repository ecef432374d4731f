"""Names and phrases for made-up field-service records.

Some are accented or not Latin; some hold quotes, line ends and characters that markup must escape, as in
the vendors' own rows.
"""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Bob", "Caleb", "Dolores", "Émilie", "Frank", "Grace", "Hana", "Iñigo", "Jürgen", "Kofi", "Lena",
    "María", "Noor", "Olu", "Peter", "Quinn", "Rosa", "Søren", "Tom", "Uma", "Viktor", "Wendy", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Begio", "Castañeda", "D'Angelo", "Evans", "Fischer", "Grünwald", "Hughes", "Ito", "Jones",
    "King", "Łukasik", "Miller", "Nguyen", "O'Brien", "Patel", "Quist", "Ruiz", "Stevens", "Tran", "Ueda",
    "Wright",
)  # fmt: skip
COMPANIES = (
    "ABC Properties", "ACME Refrigeration Service", "Atomic Gym", "Bäckerei Sonne", "Café Déjà Vu",
    "Dent & Sons", 'The "Corner" Diner', "Eastside <24h> Laundry", "Fjord Hotels", "Green Acres HOA",
    "Harbor View Condos",
    "株式会社 山田", "Lakeside School", "Miller's Garage", "North & South Storage", "Oak Street Dental",
)  # fmt: skip
STREETS = (
    "Main St",
    "Oak Ave",
    "Wright's Way",
    "5th Street #2",
    "Peachtree Rd NE",
    "Rue de l'Église",
    "Mill Ln",
)
CITIES = (
    ("Jonesboro", "GA", "30236"), ("Suwanee", "GA", "30024"), ("Cartersville", "GA", "30120"),
    ("Saint Paul", "MN", "55101"), ("Boston", "MA", "02108"), ("San José", "CA", "95110"),
)  # fmt: skip
JOBS = (
    "Furnace tune-up", "Dryer vent cleaning", "Leak repair", "Duct & dryer combo", "Water heater install",
    "Gutter cleaning", "Panel upgrade <200A>", "Drain snaking", "Window washing", "Mold inspection",
)  # fmt: skip
REMARKS = (
    "Gate code 4411.", "Call first.\nDog in the yard.", "Customer said \"no ladders\" & means it.",
    "2 < 3 units", "Schlüssel beim Nachbarn\nHaus 5", "Paid in full 👍", "Bid price good for 7 days. ",
    "See photo\tin folder", "Zweiter Termin nötig", "Parts on order; back <soon>.",
)  # fmt: skip
PARTS = (
    "Filter 20x20", "Copper elbow ¾\"", "Capacitor 45µF", "Drain pan", "Thermostat T6", "Valve & seat kit",
    "Smoke detector", "Hose 5m", "Igniter", "Blower motor",
)  # fmt: skip
