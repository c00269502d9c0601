"""Where sentences stand in the sources: by the call, the keyword, or the table that holds them."""

from __future__ import annotations

import ast
import re

ALWAYS: dict[str, tuple[int | str, ...]] = {
    "Node": (1, "asks", "short", "words"),
    "Cause": (1, 2, "title", "why", "decided_by"),
    "Suspects": ("title", "why", "decided_by"),
    "Fact": (1, "says", "why"), "fact": (1,), "_fact": (1,), "unknown": (0,), "DoorFact": (1, 3), "Way": ("says",),
    "Probe": ("waits",), "Ruling": (1,), "Refusal": (0,), "Refused": (0,), "Shut": (0,), "CannotFix": (0,),
    "UsageError": (0,), "Unseen": (2, 3), "Key": (3, 4, 5), "Choice": (1,), "Fix": ("asks",), "Door": (1,),
    "Heading": (0,), "Say": (0,), "say": (0, 1, 2, "lead"), "Proposal": (0, 2, 4),
    "show": ("lead",), "heading": (0,), "tell": (0,), "bad": (1,), "_but": (2,),
    "KeyFile": (2,), "Trouble": (0,), "End": (0,), "Planned": (1, 3), "put": (0,), "choose": (0,), "agrees": (0,),
    "parser": (1, 2), "add_argument": ("help",), "add_argument_group": (0, 1), "BadSession": (0,),
    "BadDocument": (0,), "_say": (0,), "_tell": (0,), "Limb": (1,), "replace": ("says",),
    "blind": ("says",), "Page": (0,), "print": (0,), "input": (0,), "ours": (0,), "_path": (1, 2),
    "Item": (0,), "Exercise": ("title", "story", 1, 2, 4), "Chapter": (0,), "Word": (0,), "_no": (1,), "LabError": (0,),
    "Missing": (0,), "BadExercise": (0,), "Source": ("why",), "Odd": (0,), "Garbled": (0,),
    "pair": (1,), "Advice": (1, 2, 4, "title", "why", "subject", "unknown"), "_about": (2, 3), "Judge": (1,),
    "tick": (1,), "made": (2,),
}  # fmt: skip
"""By callee: which arguments are for a person, whatever they look like."""

PERHAPS: dict[str, tuple[int | str, ...]] = {"Advice": (3, 7, "seen", "texts"), "Item": (1, 4), "blind": (1,)}
"""By callee: arguments in which words of ours stand beside what is copied."""

PAIRS = frozenset({"texts", "UPDATE"})
"""Names, which are for a person, each with a text to copy."""

EXACT = frozenset({"advice/blocking.py", "advice/sharing.py", "advice/aws/logtexts.py", "advice/aws/ascode.py"})
"""Sources that write nothing but texts to copy."""

TABLES = frozenset({
    "CONFIDENCE", "STRETCHES", "TITLES", "HOW", "MEANING", "MOVES", "SAYS", "HERE", "NO_VERDICT", "_HAPPENED", "_CAN",
    "SECTIONS", "REVIEWS", "HEADS", "COLUMNS", "IN",
})  # fmt: skip
"""Tables and constants all of whose values are for a person."""

TELLING = frozenset({"mode", "_where", "_title", "whose", "leads_to", "in_a_line"})
"""Functions that return nothing but what is for a person."""

NEVER = frozenset({
    "compile", "search", "match", "fullmatch", "finditer", "findall", "sub", "split", "startswith", "endswith", "find",
    "removeprefix", "removesuffix", "partition", "rpartition", "index", "count", "getenv", "open", "Binding", "encode",
    "strip", "lstrip", "rstrip", "translate", "import_module", "run", "quote", "getattr", "hasattr", "isinstance",
    "TypeVar", "rows", "Rule", "styled", "stylize", "query_one", "AssertionError", "TypeError", "TreeError",
    "read_text", "write_text", "which", "joinpath", "fromisoformat", "strftime", "strptime", "Change", "field",
    "maketrans", "Pattern", "_re", "Table", "namedtuple", "loads", "RuntimeError", "NotImplementedError", "click",
    "gcloud", "post_message", "set_class", "add_class", "has_class", "KeyError", "Foreign", "LookupError", "counted",
})  # fmt: skip
"""By callee: no argument of it is for a person."""

THROUGH = frozenset({"line", "ours", "outside", "say", "str", "unnamed", "format", "format_map", "tuple", "dict",
                     "fromkeys",
                     "cast", "replace", "MappingProxyType", "capital", "_capital"})  # fmt: skip
"""Calls that hand a sentence on."""

LIMITS: dict[tuple[str, int | str], int] = {
    ("Node", "short"): 24, ("Node", "words"): 24, ("_path", 2): 24, ("Key", 3): 14,
}  # fmt: skip
"""Cells that a text may fill where it stands."""
STRETCH = 12
"""The same for one word of the strip."""

STYLES = re.compile(r"^(?:bold|dim|italic|underline)?\s*\$[\w-]+$|^bold \S+$|^bold$")
_SHELL = re.compile(
    r"\$\(|\$\{|\$[A-Z]|&&|\|\||>>|2>|<<|^\s*(?:sudo|aws|gcloud|ssh-keygen|ssh|nc|cat|rm|chmod|chown|curl|systemctl|"
    r"printf|echo|set|if|for|while|test|\[|export|umask|mkdir|ls|ping|ip|icacls|type|tail|head|scp|sftp|gsutil|grep|sh|"
    r"find|dd|lsblk|mount|umount|python3?|sshwizard|nft|ufw|iptables|timeout|reg|net|powershell|Get-\w+|Set-\w+) "
    r"(?:-|\{|[\w./-]+ -|/|--|\w+$)|--[a-z-]+[= ]\{|^-{1,2}\w|\\[swdSb(.]|\(\?|\[\^|;\s*(?:then|do|fi)\b|^#"
)
_COMMAND = re.compile(
    r"^(?:sudo|getent|aws|gcloud|timeout|ls|ip|ssh-\w+|nc|ping|curl|cat|grep|systemctl|journalctl|command|for|default-src|printf|jq|source|unset|export|"
    r"compdef|local|"
    r"pip|ssh -\w+|dig|nslookup|ss|stat|findmnt|id|getfacl|namei) .*[^.?!:…]$"
)
_LABEL = re.compile(
    r"^[A-Za-z]{2,}(?: \{\w*\})?: \{\w*\}$|^\{\w*\}: [a-z]{2,}$|"
    r"^(?!ssh|chmod|chown|sleep|sudo|rmdir|gcloud|install|service|project)[a-z]{4,} \{\w*\}$"
)
"""One word about what fills the gap."""
_GLUED = re.compile(r"^\w+(?: \w+)?\{\w*\}$|^[.,;] ")
"""A beginning of anything, or an end: half a sentence."""
_EXAMPLE = re.compile(r"^(?:sshwizard [a-z{-]|journalctl |complete |ssh [-\w{]+@|\.\.\. )")
_FILE = re.compile(r"^[\w./-]+\.(?:tf|json|conf|local)$")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_CODE = re.compile(r"[=<>{}\[\]|$\\_@/]")


def is_sentence(text: str) -> bool:
    """True for what reads like words: two of them at least, and neither a command, a pattern nor a style."""
    bare = re.sub(r"\{\w*\}|\bsshwizard\b|\b[A-Z_]{4,}(?:=\w+)?", "", text).strip()
    if _GLUED.search(text):
        return False
    if (
        (len(_WORDS.findall(bare)) < 2 and not _LABEL.search(text))
        or " " not in text.strip()
        or STYLES.match(bare)
        or _SHELL.search(text)
        or " | sshwizard" in text
        or _EXAMPLE.match(text)
        or _COMMAND.match(text)
    ):
        return False
    if _LABEL.search(text):
        return True
    lower = [
        word for word in re.findall(r"(?<![\w/.-])[A-Za-z’']+(?![\w/=-])", bare) if word[1:].islower() or word in "aA"
    ]
    return len(lower) >= 2 and len(_CODE.findall(bare)) <= len(bare) / 12


def is_text(text: str) -> bool:
    """True for anything with words of ours in it, where such a text must stand."""
    bare = re.sub(r"\{\w*\}|\bsshwizard\b|\b[A-Z_]{4,}(?:=\w+)?", "", text)
    if _GLUED.search(text) or " | sshwizard" in text or re.match(r"(?:unset|export|source) ", text):
        return False
    return bool(_WORDS.search(bare)) and not any(one.match(text) for one in (STYLES, _EXAMPLE, _FILE))


def callee(call: ast.Call) -> str:
    """The last name of what is called: `Node` of `Node[str](…)`, `say` of `sheet.say(…)`."""
    func: ast.expr = call.func
    while isinstance(func, ast.Subscript):
        func = func.value
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


class Place:
    """Where a string stands."""

    def __init__(self, node: ast.AST, parents: dict[ast.AST, ast.AST]) -> None:
        self.always = self.never = False
        self.limit = 0
        """Cells; 0: no limit."""
        self._half: int | None = None
        """In a pair: 0 for the first, 1 for the second."""
        below = node
        while (above := parents.get(below)) is not None and not (self.always or self.never):
            if isinstance(above, ast.Compare | ast.Assert | ast.MatchValue | ast.FormattedValue):
                self.never = True
            elif isinstance(above, ast.Subscript):
                self.never = above.slice is below
            elif isinstance(above, ast.Dict):
                self.never = below in above.keys
            elif isinstance(above, ast.DictComp):
                self.never = above.key is below
            elif isinstance(above, ast.Tuple) and len(above.elts) == 2 and self._half is None:
                self._half = above.elts.index(below)  # type: ignore[arg-type]
            elif isinstance(above, ast.Call):
                if self._ends(above, below):
                    return
            elif isinstance(above, ast.Assign | ast.AnnAssign):
                self._assigned(above)
                return
            elif isinstance(above, ast.Return):
                self.always = self._function(above, parents) in TELLING
                return
            elif isinstance(above, ast.stmt):
                return
            below = above

    def _function(self, node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
        while not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            node = parents[node]
        return "" if isinstance(node, ast.Module) else node.name

    def _assigned(self, node: ast.Assign | ast.AnnAssign) -> None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = target.id if isinstance(target, ast.Name) else ""
        pair = name in PAIRS and self._half is not None
        self.always = name in TABLES or (pair and not self._half)
        self.never = name in {"CSS", "BINDINGS", "__all__", "__slots__", "CSS_PATH", "FAILED_LOGIN"} or (
            pair and bool(self._half)
        )
        self.limit = STRETCH if name == "STRETCHES" else 0

    def _ends(self, call: ast.Call, below: ast.AST) -> bool:
        """Whether a call says all about what stands in it."""
        name = callee(call)
        if call.func is below:  # a method of the string itself
            self.never = name not in {"format", "format_map", "join", "get"}
            return self.never
        if name == "fromkeys" and call.args[0] is below:
            self.never = True
            return True
        if name in ALWAYS:
            at: int | str | None = below.arg if isinstance(below, ast.keyword) else call.args.index(below)  # type: ignore[arg-type]
            self.always = at in ALWAYS[name]
            if at in PERHAPS.get(name, ()):
                if at in {7, "texts"} and self._half is not None:
                    self.always, self.never = not self._half, bool(self._half)
                return True
            self.limit = LIMITS.get((name, at or ""), 0)
            self.never = not self.always and name not in {"replace", "print", "put", "fact", "say", "_say", "line"}
            return name not in THROUGH or self.always
        self.never = name in NEVER
        return name not in THROUGH
