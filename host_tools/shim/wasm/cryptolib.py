"""Stands in for MicroPython's `cryptolib` on wasm, over the JavaScript host's AES."""

from binascii import hexlify, unhexlify

import node_aes

_BLOCK_DIGITS = 32


class aes:  # noqa: N801
    """AES-128 in mode 1 (ECB) or 2 (CBC), as MicroPython spells it; the CBC chain goes on."""

    def __init__(self, key, mode, iv=b""):
        self._mode = "aes-128-ecb" if mode == 1 else "aes-128-cbc"
        self._key = hexlify(key).decode()
        self._iv = hexlify(iv).decode()

    def encrypt(self, octets):
        text = node_aes.encrypt(self._mode, self._key, self._iv, hexlify(octets).decode())
        if self._iv:
            self._iv = text[-_BLOCK_DIGITS:]
        return unhexlify(text)
