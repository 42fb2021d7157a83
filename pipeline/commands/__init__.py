"""Commands to the functions that do them."""

from pipeline.commands.formats import formats
from pipeline.commands.merge import merge
from pipeline.commands.scan import scan
from pipeline.commands.show import show

__all__ = ["COMMANDS"]

COMMANDS = (scan, show, merge, formats)
