-- Every ticket, job and shift that a vendor has is a work item once.
{{ parity('work_items', [
    'bossdesk.tickets',
    'notific.tickets',
    'servicebridge.work_orders',
    'servicesidekick.jobs',
    'shiftboard.shifts',
]) }}
