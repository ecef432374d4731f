-- Every shift that the vendor has is in `shifts` once.
{{ parity('shifts', [
    'shiftboard.shifts',
]) }}
