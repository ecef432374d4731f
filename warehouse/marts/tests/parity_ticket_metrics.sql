-- Every ticket that a vendor has is measured once.
{{ parity('ticket_metrics', [
    'bossdesk.tickets',
    'notific.tickets',
]) }}
