"""Signatures and agreements of SIGNATURES and AGREEMENTS, which a test puts above this text.

Prints the number of each vector whose signature is good, or what was agreed on.
"""

from binascii import hexlify, unhexlify
from hashlib import sha256

from protometer.crypto import ecdsa, p256
from protometer.kernel.slices import finish

for number, public, text, signature in SIGNATURES:  # noqa: F821
    digest = sha256(unhexlify(text)).digest()
    point = p256.decode_point(unhexlify(public))
    if finish(ecdsa.verify([point], digest, unhexlify(signature))):
        print(number, "good")
for number, public, private in AGREEMENTS:  # noqa: F821
    point = p256.decode_point(unhexlify(public))
    x = finish(p256.multiply(int(private, 16), point[0], point[1], 3))
    print(number, hexlify(x.to_bytes(32, "big")).decode())
