-- Every row that a vendor has is in `payments` once.
{{ parity('payments', [
    'servicebridge.payments',
]) }}
