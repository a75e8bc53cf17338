"""What a device gets at manufacture: keys of its own, and the parties that it trusts."""

from types import SimpleNamespace

from host_tools.gbcs import presets
from host_tools.gbcs.keystore import Keystore, KeystoreError
from protometer.model.dictionary import Data

_OWN = {"signing_key": "ds", "agreement_key": "ka"}
_LETTERS = {"ESME": "E", "GSME": "G", "PPMID": "U"}


def credentials(keystore: Keystore, device: bytes, kind: str) -> dict[str, bytes]:
    """Return the data items that hold a device's credentials, by their attributes.

    KeystoreError where the key store has no private key of the device.
    """
    items = {}
    for item, use in _OWN.items():
        number = keystore.private(device, use)
        if number is None:
            raise KeystoreError(f"{device.hex()}: the key store has no private key for {use}")
        items[item] = number.to_bytes(32, "big")
    data = Data(_LETTERS[kind])
    presets.install(keystore, SimpleNamespace(kind=kind, data=data), ())
    return items | {"trust_anchors": bytes(data.trust_anchors)}
