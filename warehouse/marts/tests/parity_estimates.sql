-- Every row that a vendor has is in `estimates` once.
{{ parity('estimates', [
    'servicebridge.estimates',
]) }}
