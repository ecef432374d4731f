-- Every ticket that a vendor has is in `tickets` once.
{{ parity('tickets', [
    'bossdesk.tickets',
    'notific.tickets',
]) }}
