"""Annex C's establishments and points that are none; every runtime must print the same."""

from binascii import hexlify, unhexlify

from host_tools.node.slices import count_slices, finish
from protometer.crypto.cbke import (
    BY_INITIATOR,
    BY_RESPONDER,
    Credentials,
    confirmation,
    derive_keys,
    ephemeral_of,
    make_ephemeral,
    shared_secret,
)
from protometer.crypto.implicit_certificate import (
    CbkeError,
    certificate_point,
    curve_of,
    ephemeral_point,
)

# Suite: the authority's key; of initiator and responder certificate, static and ephemeral private
# key. The numbers of cbke_vectors.json, for wasm has no files.
PUBLISHED = {
    1: (
        "0200fde8a7f3d1084224962a4e7c54e69ac3f04da6b8",
        (
            "020615e07d30eca2dad58002e667d94bc1b4223983070000"
            "000000000002544553545345434101090006000000000000",
            0x01E9DDB5580CF72ECE7F215F0AE594E48DF3E7FEE8,
            0x0013D36DE4B1EA8E22739C381370823F404BFF8862,
        ),
        (
            "03045fdfc8d85ffb8b3993cb72ddcaa55f00b3e87d6d0000"
            "000000000001544553545345434101090006000000000000",
            0x00B8A900FCADEBABBFA383B540FCE9ED438395EAA7,
            0x03D48C7210DDBCC4FB2E5E7A0AA16A0DB89540820B,
        ),
    ),
    2: (
        "0207a445022d9f39f49bdc38380026a27a9e0a1799313ab28c5c1a1c6b605154db1dff6752",
        (
            "0084a933b37f018dec0d081112131415161718005292a38affffffff0a0b0c0d0e0f101288"
            "03076277e2f7e2252b16a0e92b6e8771bb3f207946cbd4a45d9a9df6edab8c796a48e89dec",
            0x00F2561ADB39EF49C1D62EF5186C6E0C158A5A45BFCE38660931ACC3694592D5ACDE9006,
            0x0013D36DE4B1EA8E22739C381370823F404BFF8862B521FECA9871FB3691846D361304B4,
        ),
        (
            "002622a505e8938f270d081112131415161718005292a35bffffffff0a0b0c0d0e0f101188"
            "0303b4e9dc543a64333c982308022b54e67e2f15f532551b0a11e2e2c1c1d3097a4324e7ed",
            0x0151CD0DBCB80474BF7AC9FEEBE39C7A32A63518938FCA9754AAE132BC9C73BE94A7E1BE,
            0x03D48C7210DDBCC4FB2E5E7A0AA16A0DB89540820B8DC091AB521EA824AFE117CADE995B,
        ),
    ),
}


def show(name, octets):
    print(name, hexlify(octets).decode())


for suite in (1, 2):
    authority, *parties = PUBLISHED[suite]
    issuer = finish(curve_of(suite).decompress(unhexlify(authority)))
    sides = []
    for side, party in enumerate(parties):
        certificate, static, private = party
        own = Credentials(suite, unhexlify(certificate), static, issuer)
        ephemeral, slices = count_slices(ephemeral_of(suite, private))
        print(suite, "UV"[side], slices, "slices")
        show(f"{suite} ephemeral", ephemeral.octets)
        sides.append((own, ephemeral, own.certificate.subject))
    (own_u, u, u_id), (own_v, v, v_id) = sides
    point = finish(certificate_point(own_u.certificate))
    received = finish(ephemeral_point(suite, u.octets))
    work = shared_secret(own_v, v, own_u.certificate, point, received)
    secret, slices = count_slices(work)
    print(suite, "secret:", slices, "slices")
    mac_key, link_key = derive_keys(secret)
    show(f"{suite} link key", link_key)
    macu = confirmation(mac_key, BY_INITIATOR, u_id, v_id, u.octets, v.octets)
    show(f"{suite} MACU", macu)
    macv = confirmation(mac_key, BY_RESPONDER, v_id, u_id, v.octets, u.octets)
    show(f"{suite} MACV", macv)
    made = finish(make_ephemeral(suite, lambda count: bytes(range(count))))
    show(f"{suite} made", made.octets)
    for damage in range(12):
        octets = bytearray(u.octets)
        octets[-1] ^= damage
        try:
            x, y = finish(ephemeral_point(suite, octets))
            print(suite, damage, hex(y))
        except CbkeError as fault:
            print(suite, damage, fault, fault.status)
