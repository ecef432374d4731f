-- Every customer and client that a vendor has is in `customers` once.
{{ parity('customers', [
    'servicebridge.customers',
    'servicesidekick.customers',
    'notific.customers',
    'shiftboard.clients',
]) }}
