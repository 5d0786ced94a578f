"""``AWS::LanguageExtensions``: loops, written out before anything else looks at a template."""

from localcloud.stack.language.loops import with_loops
from localcloud.stack.language.values import Literals, LoopError, Unresolved, stored

__all__ = ["Literals", "LoopError", "Unresolved", "stored", "with_loops"]
