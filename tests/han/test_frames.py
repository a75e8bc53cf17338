"""Codecs of the HAN, octet by octet: MAC, APS, ZCL and the price."""

import random

import pytest

from protometer.han import aps_frame, cluster_command, price, zcl
from protometer.han.frame_error import FrameError
from protometer.han.ieee802154 import (
    BEACON,
    BROADCAST,
    COMMAND,
    DATA,
    MacFrame,
    check_fcs,
    encode,
)
from protometer.han.zcl_types import get_value, kind_of, put_value
from protometer.kernel.crc16 import crc16


def test_fcs_is_the_itu_crc():
    # The check value of CRC-16/KERMIT in the catalogue of parametrised CRC algorithms.
    assert crc16(b"123456789", 9) == 0x2189
    assert crc16(b"", 0) == 0


def parts(psdu):
    frame = MacFrame(psdu)
    return (
        frame.kind,
        frame.sequence,
        frame.destination_pan,
        frame.destination,
        frame.source_pan,
        frame.source,
        frame.payload,
    )


def test_mac_golden_frame():
    psdu = encode(DATA, 0x7F, 0x1A62, 0x0001, 0xA1B2, b"hi", True)
    assert psdu[:-2].hex() == "61887f621a0100b2a1" + b"hi".hex()
    assert parts(psdu) == (DATA, 0x7F, 0x1A62, 0x0001, 0x1A62, 0xA1B2, b"hi")
    check_fcs(psdu)
    # Broadcasts ask for no acknowledgement; a chip that fills the FCS gets room for it.
    assert encode(DATA, 1, 2, BROADCAST, 3, b"", False).hex() == "4188010200ffff03000000"


EUI = bytes(range(8))
# kind, PAN, destination, source, source's PAN, and the header that IEEE 802.15.4-2006 7.2 gives.
HEADERS = [
    (COMMAND, 0xFFFF, 0xFFFF, None, None, "030807ffffffff"),
    (COMMAND, 0x1A62, 0x0000, EUI, 0xFFFF, "23c807621a0000ffff0001020304050607"),
    (COMMAND, 0x1A62, 0x0000, EUI, None, "63c807621a00000001020304050607"),
    (COMMAND, 0x1A62, EUI, EUI, None, "63cc07621a00010203040506070001020304050607"),
    (BEACON, 0x1A62, None, 0x0000, None, "008007621a0000"),
    (DATA, 0x1A62, 0x0001, 0x0002, None, "618807621a01000200"),
]


@pytest.mark.parametrize(("kind", "pan", "to", "of", "own_pan", "header"), HEADERS)
def test_every_kind_of_header(kind, pan, to, of, own_pan, header):
    psdu = encode(kind, 7, pan, to, of, b"!", True, own_pan)
    assert psdu[:-2].hex() == header + b"!".hex()
    destination_pan = None if to is None else pan
    source_pan = None if of is None else own_pan or pan
    assert parts(psdu) == (kind, 7, destination_pan, to, source_pan, of, b"!")
    for size in range(len(psdu) - 3, 0, -1):
        try:
            MacFrame(psdu[:size])
        except FrameError:
            continue


def test_every_bit_error_is_found_by_the_fcs():
    psdu = encode(DATA, 1, 0x1A62, 1, 2, b"payload", True)
    for bit in range(8 * len(psdu)):
        damaged = bytearray(psdu)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(FrameError):
            check_fcs(damaged)
    for size in range(2):
        with pytest.raises(FrameError):
            check_fcs(psdu[:size])


# (PSDU, complaint)
BAD_MAC = [
    ("", "0 octets is no frame"),
    ("61880000", "4 octets is no frame"),
    ("6188" + "00" * 126, "128 octets is no frame"),
    ("6188" + "00" * 8, "cut off"),
    ("61cc" + "00" * 20, "cut off"),
    ("6988" + "00" * 9, "not ours"),
    ("61a8" + "00" * 9, "not ours"),
    ("6184" + "00" * 9, "a reserved addressing mode"),
    ("6148" + "00" * 9, "a reserved addressing mode"),
]


@pytest.mark.parametrize(("psdu", "complaint"), BAD_MAC)
def test_mac_refuses(psdu, complaint):
    with pytest.raises(FrameError, match=complaint):
        MacFrame(bytes.fromhex(psdu))


def test_mac_length_limit_is_127_octets():
    assert len(encode(DATA, 0, 0, 0, 0, bytes(116), True)) == 127
    with pytest.raises(FrameError, match="128 octets is too long"):
        encode(DATA, 0, 0, 0, 0, bytes(117), True)


def test_aps_golden_frame_and_refusals():
    octets = aps_frame.data_header((1, 2), 0x0109, 0x0702, 0x2A) + b"zcl"
    assert octets.hex() == "000202070901012a" + b"zcl".hex()
    frame = aps_frame.ApsFrame(octets)
    assert (frame.kind, frame.secured, frame.wants_ack, frame.to_all) == (0, False, False, False)
    assert (frame.destination_endpoint, frame.source_endpoint) == (2, 1)
    assert (frame.cluster, frame.profile, frame.counter) == (0x0702, 0x0109, 0x2A)
    assert frame.payload == b"zcl"
    assert frame.ack().hex() == "020102070901022a"
    # Reserved types and groups; and what is cut off.
    for control in (0x03, 0x0C):
        with pytest.raises(FrameError, match="not ours"):
            aps_frame.ApsFrame(bytes((control,)) + octets[1:])
    for size in range(8):
        with pytest.raises(FrameError, match=r"too short|cut off"):
            aps_frame.ApsFrame(octets[:size])


def test_an_aps_command_and_its_acknowledgement():
    frame = aps_frame.ApsFrame(aps_frame.command_header(9, True) + b"sealed")
    assert (frame.kind, frame.secured, frame.counter) == (aps_frame.COMMAND, True, 9)
    assert frame.header == b"\x21\x09"
    assert frame.ack() == b"\x12\x09"
    assert aps_frame.ApsFrame(frame.ack()).kind == aps_frame.ACK


# (type, value, octets): ZCL revision 8, section 2.6.2.
VALUES = [
    ("bool", 1, "01"),
    ("b8", 0x50, "50"),
    ("b16", 0x1234, "3412"),
    ("u8", 255, "ff"),
    ("u16", 826, "3a03"),
    ("u24", 1000, "e80300"),
    ("u32", 0xDEADBEEF, "efbeadde"),
    ("u48", 0x123456789ABC, "bc9a78563412"),
    ("s24", -1, "ffffff"),
    ("s24", -8_388_608, "000080"),
    ("s24", 8_388_607, "ffff7f"),
    ("s32", -2, "feffffff"),
    ("s32", 2_147_483_647, "ffffff7f"),
    ("e8", 2, "02"),
    ("ostr", b"\x00\x01", "020001"),
    ("cstr", b"abc", "03616263"),
    ("cstr", b"", "00"),
    ("utc", 757_386_000, "10cb242d"),
    ("u40", 0x0102030405, "0504030201"),
    ("u56", 0x01020304050607, "07060504030201"),
    ("u64", 2**64 - 1, "ffffffffffffffff"),
    ("s8", -128, "80"),
    ("s16", -2, "feff"),
    ("s48", -(2**47), "000000000080"),
    ("s64", -1, "ffffffffffffffff"),
    ("b24", 0x800001, "010080"),
    ("b32", 0x80000001, "01000080"),
    ("b48", 1, "010000000000"),
    ("b64", 1 << 63, "0000000000000080"),
    ("d16", 0xABCD, "cdab"),
    ("e16", 0x1234, "3412"),
    ("date", 0x05_1F_0C_7B, "7b0c1f05"),
    ("tod", 0x00_3B_17_00, "00173b00"),
    ("eui64", 0x00DB1234567890A0, "a09078563412db00"),
    ("key128", 1 << 127, "00" * 15 + "80"),
    ("lostr", bytes(300), "2c01" + "00" * 300),
    ("lcstr", b"ab", "02006162"),
    ("array", (0x21, [1, 2]), "21020001000200"),
    ("array", (0x41, [b"", b"a"]), "410200000161"),
    ("struct", [(0x20, 7), (0x41, b"x"), (0x4C, [])], "03002007410178" + "4c0000"),
]


@pytest.mark.parametrize(("kind", "value", "octets"), VALUES)
def test_zcl_values(kind, value, octets):
    code = kind_of(kind)
    buffer = bytearray()
    put_value(buffer, code, value)
    assert buffer.hex() == octets
    assert get_value(b"x" + buffer + b"y", 1, code) == (value, 1 + len(buffer))
    for size in range(len(buffer)):
        with pytest.raises(FrameError):
            get_value(buffer[:size], 0, code)


def test_an_invalid_string_is_empty_and_unknown_types_are_refused():
    assert get_value(b"\xff", 0, kind_of("cstr")) == (b"", 1)
    assert get_value(b"\xff\xff", 0, kind_of("lostr")) == (b"", 2)
    assert get_value(b"\x20\xff\xff", 0, kind_of("array")) == ((0x20, []), 3)
    with pytest.raises(FrameError, match="0x99"):
        get_value(bytes(20), 0, 0x99)
    for name in ("v8", "text"):
        with pytest.raises((KeyError, ValueError)):
            kind_of(name)


def test_what_nests_for_ever_or_claims_more_members_than_octets_is_refused():
    with pytest.raises(FrameError, match="cut off"):
        get_value(bytes.fromhex("20fffe00"), 0, kind_of("array"))
    nested = bytes.fromhex("01004c" * 50)
    with pytest.raises(FrameError, match="nested"):
        get_value(nested, 0, kind_of("struct"))


def test_zcl_headers():
    assert zcl.frame(0x18, 5, 1, b"p").hex() == "18050170"
    assert zcl.decode(b"\x19\x05\x01p") == (0x19, 5, 1, b"p")
    for octets in (b"", b"\x00\x01", b"\x04\x00\x00\x00\x00", b"\x02\x00\x00", b"\x03\x00\x00"):
        with pytest.raises(FrameError):
            zcl.decode(octets)


def test_read_attributes_and_default_response():
    frame = zcl.read_attributes(9, (0x0000, 0x051C))
    assert frame.hex() == "00090000001c05"
    assert zcl.decode_read_attributes(frame[3:]) == [0x0000, 0x051C]
    assert zcl.default_response(7, 0x42, 0x81, 0x01).hex() == "18070b4281"
    assert zcl.default_response(7, 0x42, 0x81, 0x08).hex() == "10070b4281"
    assert zcl.decode_default_response(b"\x42\x81") == (0x42, 0x81)
    with pytest.raises(FrameError):
        zcl.decode_default_response(b"\x42")


def test_values_of_a_response_and_of_a_report():
    response = bytes.fromhex("0000002007010086020000420161")
    assert zcl.decode_values(zcl.READ_ATTRIBUTES_RESPONSE, response) == [
        (0, 0x20, 7),
        (2, 0x42, b"a"),
    ]
    report = bytes.fromhex("0000200705002bffffffff")
    assert zcl.decode_values(zcl.REPORT_ATTRIBUTES, report) == [(0, 0x20, 7), (5, 0x2B, -1)]
    for size in (1, 2, 3, 5, 6, 7, 10):
        with pytest.raises(FrameError):
            zcl.decode_values(zcl.REPORT_ATTRIBUTES, report[:size])


# Publish Price, Smart Energy 1.4 table D-24: provider, label, event, time, unit, currency,
# digits and tier, tiers, start, duration, price.
PUBLISHED = "000000000652617465203210cb242d15cb242d003a03523210cb242dffff663a0000"


def test_publish_price_golden():
    payload = price.encode(price.Price(14_950, 2, "Rate 2", 826, 757_386_000), 3, 757_386_005)
    assert payload.hex() == PUBLISHED
    got = price.decode(payload)
    assert (got.price_mp, got.tier, got.label) == (14_950, 2, "Rate 2")
    assert (got.currency, got.start_s) == (826, 757_386_000)
    for size in range(len(payload)):
        with pytest.raises(FrameError):
            price.decode(payload[:size])
    assert price.decode(payload + b"\xff" * 20).price_mp == 14_950


# (tier, how many there are)
BEYOND = [(1, 16), (15, 48), (16, 16), (48, 48), (56, 48), (56, 1)]


@pytest.mark.parametrize(("tier", "tiers"), BEYOND)
def test_tiers_above_15_are_told_by_the_last_fields(tier, tiers):
    payload = price.encode(price.Price(7, tier, "Rate", 826, 9), tiers, 9)
    assert price.decode(payload).tier == tier
    told = cluster_command.find(price.CLUSTER, True, "PublishPrice").decode(payload)
    assert told["extendedNumberOfPriceTiers"] == max(tiers - 15, 0)
    assert told["extendedPriceTier"] == told["extendedRegisterTier"] == max(tier - 15, 0)
    assert told["priceTrailingDigitAndPriceTier"] == 0x50 | min(tier, 15)
    assert (told["priceRatio"], told["generationPrice"], told["priceControl"]) == (
        0xFF,
        2**32 - 1,
        0,
    )
    assert told["generationTier"] == 0xFF
    # What no meter has is not believed.
    assert price.decode(payload[:-2] + b"\xff\xff").tier == min(tier, 15)


# (digits after the point, amount, mp)
DIGITS = [(0, 2, 200_000), (2, 15, 15_000), (4, 1495, 14_950), (5, 1, 1), (6, 19, 1), (15, 1, 0)]


@pytest.mark.parametrize(("digits", "amount", "price_mp"), DIGITS)
def test_trailing_digits_of_other_publishers(digits, amount, price_mp):
    payload = bytearray(bytes.fromhex(PUBLISHED))
    at = 4 + 7 + 8 + 3
    payload[at] = digits << 4 | 1
    payload[-4:] = amount.to_bytes(4, "little")
    assert price.decode(payload).price_mp == price_mp


def test_prices_that_cannot_be_carried_or_kept():
    cheap = price.Price(-5, 48, "A label of many octets", 826, 0)
    got = price.decode(price.encode(cheap, 48, 0))
    assert (got.price_mp, got.tier, got.label) == (0, 48, "A label of m")
    payload = bytearray(bytes.fromhex(PUBLISHED))
    payload[-4:] = b"\xff" * 4
    with pytest.raises(FrameError, match="beyond 32 bits"):
        price.decode(payload)
    payload = bytearray(bytes.fromhex(PUBLISHED))
    payload[4 + 7 + 8] = 0x01
    with pytest.raises(FrameError, match="not kWh"):
        price.decode(payload)


def test_a_label_is_shown_in_what_a_panel_can_print():
    payload = bytearray(bytes.fromhex(PUBLISHED))
    payload[5:11] = b"\x00\x7f\xffa~ "
    assert price.decode(payload).label == "???a~ "
    long = bytes(4) + b"\x20" + b"x" * 32 + bytes(payload[11:])
    assert len(price.decode(long).label) == 12


def test_random_round_trips():
    rng = random.Random(4)
    for _ in range(300):
        fields = (
            rng.randrange(256),
            rng.randrange(65536),
            rng.randrange(65535),
            rng.randrange(65536),
        )
        payload = rng.randbytes(rng.randrange(117))
        psdu = encode(DATA, *fields, payload, True)
        check_fcs(psdu)
        sequence, pan_id, destination, source = fields
        expected = (DATA, sequence, pan_id, destination, pan_id, source, payload)
        assert parts(psdu) == expected
