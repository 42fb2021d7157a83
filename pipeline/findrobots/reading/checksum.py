"""Combine the checksums of two texts into that of both, one after the other."""

__all__ = ["combine_checksums"]

# CRC-32 (RFC 1952, section 8) is a polynomial over GF(2) modulo this one, of which the highest
# term is left out. The lowest bit of a number is the coefficient of the highest power.
POLYNOMIAL = 0xEDB88320
ONE, EIGHTH_POWER = 1 << 31, 1 << 23


def combine_checksums(first: int, second: int, size: int) -> int:
    """Return the CRC-32 of two texts together, given that of each and the size of the second.

    The first text is followed by ``size`` bytes, which multiply its polynomial by x^8 each, as in
    zlib's ``crc32_combine``.

    >>> from zlib import crc32
    >>> combine_checksums(crc32(b"a log"), crc32(b" line"), 5) == crc32(b"a log line")
    True
    """
    factor, power = ONE, EIGHTH_POWER
    while size:
        if size & 1:
            factor = _multiply(factor, power)
        power = _multiply(power, power)
        size >>= 1
    return _multiply(first, factor) ^ second


def _multiply(one: int, other: int) -> int:
    """Multiply two polynomials modulo that of CRC-32."""
    product, bit = 0, ONE
    while one:
        if one & bit:
            product, one = product ^ other, one ^ bit
        bit >>= 1
        other = (other >> 1) ^ (POLYNOMIAL if other & 1 else 0)
    return product
