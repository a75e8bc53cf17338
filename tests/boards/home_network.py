"""A network file's content, for a meter whose display is 0002."""

NETWORK = {
    "short_address": "0001",
    "extended_address": "00db1234567890a0",
    "pan_id": "1a62",
    "channel": 20,
    "network_key": "00112233445566778899aabbccddeeff",
    "key_sequence": 0,
    "devices": {"0000": "00db1234567890a1", "0001": "00db1234567890a0"},
    "displays": ["0002"],
}
