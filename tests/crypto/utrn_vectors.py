"""Published UTRNs with their intermediates.

The first three are the cases of the UTRN test of the public GBCS parser
(SmartDCCInnovation/gbcs-parser), the others the top-ups of the reference messages RTDS 4.5.0; the
intermediates were computed from the published test keys.
"""

# Entity identifiers of the Supplier, of an ESME and of a GSME.
SUPPLIER = "90b3d51f30010000"
ESME = "00db1234567890a0"
GSME = "00db1234567890a1"
# Shared secrets between the Supplier's prepayment key agreement key and each meter's.
ESME_SECRET = "5c00001ae96494fedfd740c4679d346e913d89b978beeff76577be69c92bf3ce"
GSME_SECRET = "6d6cbd57da3086763462e5ea13bdfa2ed7e2c3e2e9cefe4eb036ce71ff2e7bab"

# Device, secret, originator counter, unit (0 pence, 1 pounds), value, AES key, 16-octet tag, UTRN.
VECTORS = (
    (
        ESME,
        ESME_SECRET,
        0x0000_0001_0000_0000,
        1,
        100,
        "63ff76381818753a346645be7adac537",
        "43fcb7edd806c2cacd81b0d6d51ca60b",
        "73943333457189043313",
    ),
    (
        ESME,
        ESME_SECRET,
        0x0000_0004_0000_0000,
        0,
        1234,
        "1461cf01ebdd28ce9634741b8901905f",
        "30ed431f2e0517663cb25cbe3855d663",
        "73947252416745201637",
    ),
    (
        ESME,
        ESME_SECRET,
        0x0000_0001_0000_0000,
        1,
        8191,
        "63ff76381818753a346645be7adac537",
        "f12eec7fd5f430b68e7f7ee4ae316057",
        "73943680956463432551",
    ),
    (
        ESME,
        ESME_SECRET,
        0x0000_0003_0000_0000,
        1,
        10,
        "2bffa53fcffb5a2ede5186f987b0fec5",
        "a7aabfef5774934aecb084c69cd029e3",
        "73946144332040217315",
    ),
    (
        ESME,
        ESME_SECRET,
        0x0000_0005_0000_0000,
        1,
        10,
        "aabcbcb0a8a1075e13b8ccceeb6ec4b7",
        "25c214f7c7fb973d56182e6826972203",
        "73948959061972833313",
    ),
    (
        GSME,
        GSME_SECRET,
        0x0000_0006_0000_0000,
        0,
        1250,
        "593d5226f72a9c75f1e504c0350bc620",
        "6a0c496cd2d430ae937537cdff674c64",
        "73950067887105178605",
    ),
)
