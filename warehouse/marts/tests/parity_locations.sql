-- Every place that a vendor has is in `locations` once.
{{ parity('locations', [
    'bossdesk.locations',
    'shiftboard.locations',
    'servicebridge.locations',
    'servicesidekick.customers',
]) }}
