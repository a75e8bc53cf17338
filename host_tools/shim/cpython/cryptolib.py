"""Stands in for MicroPython's `cryptolib` on CPython, over the `cryptography` package."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class aes:  # noqa: N801
    """AES in mode 1 (ECB) or 2 (CBC), as MicroPython spells it; the CBC chain goes on."""

    def __init__(self, key, mode, iv=None):
        chaining = modes.ECB() if mode == 1 else modes.CBC(bytes(iv))
        self._encryptor = Cipher(algorithms.AES(bytes(key)), chaining).encryptor()

    def encrypt(self, octets):
        return self._encryptor.update(bytes(octets))
