"""``AWS::LanguageExtensions``: loops, written out before anything else looks at a template."""

from localcloud.stack.language.loops import with_loops
from localcloud.stack.language.values import Literals, LoopError, Unresolved

__all__ = ["Literals", "LoopError", "Unresolved", "with_loops"]
