"""What a plain dictionary says of a network that a device is to join, or to form.

To be joined: install_code, 36 hex digits with its check; or none, with policy interop, for the
well-known link key; channels, all of 11..26 unless given, of the Sub GHz Bands [page, channel];
certificates, [[suite, certificate, private key, authority's public key]] in hex, by which the
default policy agrees a link key. To be formed, by the coordinator: admits, [[extended_address,
install_code]], who may join.
"""

from binascii import unhexlify

from micropython import const

from .install_code import InstallCodeError, link_key
from .network import NetworkError
from .network_description import CHANNELS, check_range, octets_of, place_of

# The well-known link key, which strangers join with: policy interop alone trusts it.
_WELL_KNOWN = b"ZigBeeAlliance09"
_INSTALL_CODE_SIZE = const(18)


def prepare(network, description):
    """Have a Network know where to look, and by what keys; raises what network_description.read()
    catches, for what is malformed.
    """
    channels = description.get("channels", range(CHANNELS[0], CHANNELS[1] + 1))
    # Where a network may be: (page, channel).
    network.channels = [place_of(channel) for channel in channels]
    network.certificates = [
        (suite, unhexlify(certificate), unhexlify(key), unhexlify(authority))
        for suite, certificate, key, authority in description.get("certificates", ())
    ]
    for certificate in network.certificates:
        check_range("certificates: suite", certificate[0], 1, 2)
    if network.is_coordinator:
        network.admits = [
            (octets_of(extended, 8, "admits"), _key_of_code(code))
            for extended, code in description["admits"]
        ]
    elif "install_code" in description:
        network.joining_key = _key_of_code(description["install_code"])
    elif network.is_interop:
        network.joining_key = _WELL_KNOWN
    else:
        raise NetworkError("network: no install_code")


def _key_of_code(text):
    """Return the link key of an install code in hex."""
    code = octets_of(text, _INSTALL_CODE_SIZE, "install_code", False)
    try:
        return link_key(code)
    except InstallCodeError as fault:
        raise NetworkError("network: install_code: %s" % fault)
