-- Every record of a person that a vendor has is in `person_records` once.
{{ parity('person_records', [
    'shiftboard.accounts',
    'bossdesk.users',
    'servicebridge.employees',
    'servicebridge.users',
    'servicesidekick.employees',
    'notific.operators',
]) }}
