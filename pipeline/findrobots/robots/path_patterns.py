"""Match request targets with the path patterns of robots.txt, in linear time."""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["PathPattern", "PatternSet", "Rule", "build_patterns"]


class Rule(NamedTuple):
    """A rule of robots.txt.

    Attributes
    ----------
    allow
        Whether the rule allows; otherwise it disallows.
    pattern
        The path pattern as the file has it, safe to print; a very long one is cut.
    line
        Its line in the file, from 1.
    """

    allow: bool
    pattern: str
    line: int


class PathPattern(NamedTuple):
    """A normalized path pattern that contains ``*`` or ends in ``$`` (RFC 9309, section 2.2.3).

    Attributes
    ----------
    length
        Length of the pattern in bytes.
    parts
        The text between stars; the first part is where a target begins.
    anchored
        Whether the target must end where the pattern does.
    rule
        The rule that has this pattern.
    """

    length: int
    parts: tuple[bytes, ...]
    anchored: bool
    rule: Rule

    def matches(self, target: bytes) -> bool:
        """Return whether the pattern matches a target.

        Each part is searched for after the first occurrence of the part before, and never
        again: if there is a match, there is one like this. So no byte is searched twice for
        one part, and ``bytes.find`` takes linear time.
        """
        first, *others = self.parts
        if not others:
            return target == first  # without a star, only an anchored pattern is one of these
        if not target.startswith(first):
            return False
        last = others.pop() if self.anchored else b""
        at = len(first)
        for part in others:
            found = target.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return len(target) - at >= len(last) and target.endswith(last)


class PatternSet(NamedTuple):
    """The rules of one group, arranged so that the longest match is found fast.

    Attributes
    ----------
    prefixes
        Rules by their pattern, for patterns without ``*`` and ``$``.
    lengths
        Lengths of these patterns, the longest first.
    special
        All other patterns, the longest first; of those of one length, the allowing first.
    """

    prefixes: dict[bytes, Rule]
    lengths: tuple[int, ...]
    special: tuple[PathPattern, ...]

    def find(self, target: bytes) -> Rule | None:
        """Return the rule with the longest pattern that matches a target, or None.

        If patterns of equal length match, one that allows is returned (RFC 9309, section 2.2.2).
        """
        prefixes, best, longest = self.prefixes, None, 0
        for length in self.lengths:
            # A slice of a shorter target would be found under the length of a longer pattern.
            if length <= len(target) and (rule := prefixes.get(target[:length])):
                best, longest = rule, length
                break
        for pattern in self.special:
            if pattern.length < longest:
                break
            better = pattern.length > longest or (pattern.rule.allow and best and not best.allow)
            if better and pattern.matches(target):
                return pattern.rule
        return best


def build_patterns(rules: Iterable[tuple[bytes, Rule]]) -> PatternSet:
    """Arrange rules by their normalized patterns.

    Of rules with the same pattern, one that allows is kept, and of several such the first.

    Parameters
    ----------
    rules
        Normalized patterns, none empty, each with its rule.
    """
    distinct: dict[bytes, Rule] = {}
    for pattern, rule in rules:
        known = distinct.get(pattern)
        if known is None or (rule.allow and not known.allow):
            distinct[pattern] = rule
    prefixes, special = {}, []
    for pattern, rule in distinct.items():
        anchored = pattern.endswith(b"$")
        if b"*" in pattern or anchored:
            special.append(_path_pattern(pattern, rule, anchored=anchored))
        else:
            prefixes[pattern] = rule
    special.sort(key=lambda each: (-each.length, not each.rule.allow))
    lengths = sorted({*map(len, prefixes)}, reverse=True)
    return PatternSet(prefixes, tuple(lengths), tuple(special))


def _path_pattern(pattern: bytes, rule: Rule, *, anchored: bool) -> PathPattern:
    first, *others = pattern.removesuffix(b"$").split(b"*") if anchored else pattern.split(b"*")
    # Several stars in a row match the same as one: empty parts between stars are left out.
    middle = [part for part in others[:-1] if part]
    parts = (first, *middle, others[-1]) if others else (first,)
    return PathPattern(len(pattern), parts, anchored, rule)
