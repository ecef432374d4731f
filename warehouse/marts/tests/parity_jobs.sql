-- Every work order and job that a vendor has is in `jobs` once.
{{ parity('jobs', [
    'servicebridge.work_orders',
    'servicesidekick.jobs',
]) }}
