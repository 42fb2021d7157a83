"""Make texts that have one hash in Arrow, as somebody could who wants to slow a scan down."""

import numpy as np

# The multipliers of Arrow's hash of texts of 9 to 16 bytes (arrow/util/hashing.h), which has no
# key: of the first eight bytes and of the last eight, each multiplied, with the bytes reversed.
FIRST, LAST = np.uint64(14029467366897019727), 11400714785074694791
UNDO_LAST = np.uint64(pow(LAST, -1, 1 << 64))
HASH = np.uint64(0x1234567890ABCDEF)
# What may be in a user agent as it is.
QUOTE, BACKSLASH = 0x22, 0x5C
LETTERS = np.setdiff1d(np.arange(0x21, 0x7F, dtype="u1"), [QUOTE, BACKSLASH])
IS_LETTER = np.isin(np.arange(256), LETTERS)
ATTEMPTS = 1 << 20


def texts_of_one_hash(number):
    """Return distinct texts of sixteen letters that all have the same hash."""
    chance, found = np.random.default_rng(1), []
    while sum(map(len, found)) < number:
        first = chance.choice(LETTERS, (ATTEMPTS, 8)).view("<u8").ravel()
        last = (HASH ^ (first * FIRST).byteswap()).byteswap() * UNDO_LAST
        fits = IS_LETTER[last.view("u1").reshape(-1, 8)].all(axis=1)
        found.append(np.stack([first[fits], last[fits]], axis=1))
    texts = np.concatenate(found)[:number].copy().view("S16").ravel()
    return [text.decode() for text in texts.tolist()]
