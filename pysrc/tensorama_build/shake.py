"""Leave out of three.js what the page never uses: "tree shaking", for this one library.

three.core.js is a flat list of statements, each of which begins at the start of a line and declares
one name. Starting from the names that are used from outside, every name that occurs in a statement
that stays keeps its own statement. A name counts wherever it stands but in comments, so at worst
too much stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from .errors import BuildError

WORD = re.compile(r"[A-Za-z_$][\w$]*")
BEGINS = re.compile(
    r"^(?=(?:async function|class|const|export|function|if|import|let|var)\b|[\w$]+\.[\w$]+)", re.M
)
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.M | re.S)
DECLARES = re.compile(r"(?:async function|class|const|function\*?|let|var)\s+([\w$]+)")
EXTENDS = re.compile(r"([\w$]+)\.")
EXPORT_LIST = re.compile(r"^export \{(.*?)\};", re.M | re.S)
PASSED_ON = re.compile(r"^export \{([^}]*)\} from './three\.core\.js'", re.M)
IMPORT_LIST = re.compile(r"^import \{(.*?)\} from './three\.core\.js'", re.M | re.S)
STRANGE = "three.js is not written as expected: `shake.py` must be looked at for this version."


def words(text: str) -> set[str]:
    """Every name that occurs in a text."""
    return set(WORD.findall(text))


def shake(core: str, module: str, used: set[str]) -> tuple[str, str]:
    """three.core.js and three.module.js with no more of the core than `used` and they need.

    `used` may hold any words; those that the core exports count.
    """
    exported = words(the_list(EXPORT_LIST, core))
    roots = (words(the_list(IMPORT_LIST, module)) | used) & exported
    the_list(PASSED_ON, module)
    statements = BEGINS.split(COMMENT.sub("", core))
    if exported - {subject(statement) for statement in statements}:
        raise BuildError(STRANGE)
    kept = reachable(statements, roots)
    core = "".join(text for text in statements if stays(text, kept))
    return only(roots, EXPORT_LIST, core), only(roots, PASSED_ON, module)


def the_list(pattern: re.Pattern[str], text: str) -> str:
    """The names between the braces of an import or export, or a sentence if there are none."""
    found = pattern.search(text)
    if found is None:
        raise BuildError(STRANGE)
    return found[1]


def subject(statement: str) -> str | None:
    """The name that a statement declares, or to which it adds a property."""
    found = DECLARES.match(statement) or EXTENDS.match(statement)
    return found[1] if found else None


def reachable(statements: Iterable[str], roots: set[str]) -> set[str]:
    """All names that are needed, directly or through others, for these names."""
    mentioned: dict[str, set[str]] = defaultdict(set)
    waiting = set(roots)
    for statement in statements:
        name = subject(statement)
        if name:
            mentioned[name] |= words(statement)
        elif not statement.startswith("export {"):
            waiting |= words(statement)
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in mentioned and name not in kept:
            kept.add(name)
            waiting |= mentioned[name]
    return kept


def stays(statement: str, kept: set[str]) -> bool:
    """Whether a statement is about a kept name, or about none in particular."""
    name = subject(statement)
    return name is None or name in kept


def only(names: set[str], pattern: re.Pattern[str], source: str) -> str:
    """The source with a list of exports cut down to those names."""

    def shortened(found: re.Match[str]) -> str:
        left = [name for name in WORD.findall(found[1]) if name in names]
        return found[0].replace(found[1], f" {', '.join(left)} ")

    return pattern.sub(shortened, source)
