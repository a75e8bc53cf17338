"""Stands in for MicroPython's `cryptolib` on wasm, over node's own AES (see run.mjs)."""

from binascii import hexlify, unhexlify

import node_aes


class aes:  # noqa: N801
    def __init__(self, key, mode, iv=None):
        name = "aes-128-ecb" if mode == 1 else "aes-128-cbc"
        self._cipher = node_aes.open(name, _hex(key), _hex(iv or b""))

    def encrypt(self, octets):
        return unhexlify(self._cipher.encrypt(_hex(octets)))

    def decrypt(self, octets):
        return unhexlify(self._cipher.decrypt(_hex(octets)))


def _hex(octets):
    return hexlify(octets).decode()
