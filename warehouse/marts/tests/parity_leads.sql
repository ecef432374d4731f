-- Every row that a vendor has is in `leads` once.
{{ parity('leads', [
    'servicebridge.leads',
]) }}
