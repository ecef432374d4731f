-- Every row that a vendor has is in `time_off` once.
{{ parity('time_off', [
    'shiftboard.time_off_requests',
]) }}
