"""Commands of clusters, encoded and decoded; every runtime must print the same."""

from binascii import hexlify, unhexlify

from protometer.han import cluster_command
from protometer.han.frame_error import FrameError

# cluster, from server, name, values
SENT = (
    (
        0x0705,
        False,
        "ConsumerTopUp",
        {"originatingDevice": 1, "topUpCode": b"12345678901234567890"},
    ),
    (0x0702, False, "LocalChangeSupply", {"proposedSupplyStatus": 2}),
    (0x0700, True, "PublishTariffInformation", {"tariffLabel": b"", "standingCharge": 1 << 31}),
    (0x0700, True, "PublishPriceMatrix", {"payload": [{"tierBlockId": 1, "price": 1 << 30}]}),
    (
        0x0700,
        True,
        "PublishBlockThresholds",
        {"payload": [{"tierNumberOfBlockThresholds": 0x12, "blockThreshold": [1 << 40, 2]}]},
    ),
    (0x0701, True, "LoadControlEvent", {"averageLoadAdjustmentPercentage": -100}),
    (0x0702, True, "GetProfileResponse", {"numberOfPeriodsDelivered": 2, "intervals": [1, 2]}),
    (0x0703, True, "DisplayMessage", {"message": b"hello"}),
    (0x0019, False, "ImageBlockRequest", {"fieldControl": 1, "requestNodeAddress": 1 << 60}),
    (0x0019, False, "ImageBlockRequest", {"fieldControl": 0}),
    (0x070A, True, "PairingResponse", {"eui64s": [1, (1 << 64) - 1]}),
)
# cluster, from server, command, payload
CAME = (
    (0x0705, False, 0x04, "0114"),
    (0x0705, False, 0x04, "01023132ff"),
    (0x0707, True, 0x01, "01000000020000000300000004010101002c0102ff"),
    (0x0707, True, 0x01, "01000000020000000300000004010101002c0102580203"),
    (0x0709, True, 0x01, "02000001200112340506070802abcd"),
    (0x0700, False, 0x77, ""),
)


def line(values):
    """Return values as text, in the order of their names."""
    if isinstance(values, dict):
        return "{" + ", ".join(key + ": " + line(values[key]) for key in sorted(values)) + "}"
    if isinstance(values, list):
        return "[" + ", ".join(line(value) for value in values) + "]"
    return hexlify(values).decode() if isinstance(values, bytes) else str(values)


for cluster, from_server, name, values in SENT:
    command = cluster_command.find(cluster, from_server, name)
    octets = command.encode(values)
    print(name, command.identifier, hexlify(octets).decode())
    print(line(command.decode(octets)))
for cluster, from_server, identifier, payload in CAME:
    try:
        command = cluster_command.find(cluster, from_server, identifier)
        print(command.name, line(command.decode(unhexlify(payload))))
    except FrameError as error:
        print(error)
