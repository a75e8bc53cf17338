"""GHASH, GCM, GMAC and key derivation on fixed inputs; every runtime must print the same."""

from binascii import hexlify, unhexlify

from protometer.crypto.gcm import gcm, gmac
from protometer.crypto.ghash import Ghash
from protometer.crypto.key_derivation import FOR_ALERT, FOR_COMMAND, derive_key
from protometer.kernel.slices import finish


def octets(count, step):
    return bytes([index * step & 0xFF for index in range(count)])


def show(name, value):
    print(name, hexlify(value).decode())


# The GCM specification's test case 2 (NIST SP 800-38D's companion): its one ciphertext block.
ghash = Ghash(unhexlify("66e94bd4ef8a2c3b884cfa59ca342b2e"))
ghash.absorb(unhexlify("0388dace60b6a392f328c2b971b2fe78"))
ghash.absorb(unhexlify("00000000000000000000000000000080"))
show("ghash", ghash.digest())
for size in (0, 1, 15, 16, 17, 36, 300):
    show(f"gmac {size}", gmac(octets(16, 7), octets(12, 11), octets(size, 13)))
show("buffer", gmac(octets(16, 7), bytearray(octets(12, 11)), memoryview(octets(36, 13))))
for size in (0, 1, 16, 33, 200):
    cipher, tag = finish(gcm(octets(16, 7), octets(12, 11), octets(size, 3), octets(size, 13)))
    show(f"gcm {size}", cipher + tag)
for purpose in (FOR_COMMAND, FOR_ALERT):
    secret, counter = octets(32, 3), unhexlify("fedcba9876543210")
    show(f"key {purpose}", derive_key(secret, octets(8, 5), octets(8, 9), purpose, counter))
