"""Which code a workflow step runs, as one digest: comments and docstrings don't count.

A ``shell:`` rule of Snakemake does not notice that the program it calls has changed. The digest
of a verb's modules, given as a parameter of its rule, makes it rerun when, and only when, the
code that it uses means something else.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "radiogaze"
# The package's door and the list of its verbs: every verb passes them, neither decides a result.
_DOORS = (PACKAGE, f"{PACKAGE}.cli")
_ROOT = Path(__file__).resolve().parents[1]


@cache
def code_digest(verb: str, *modules: str, root: Path = _ROOT) -> str:
    """Return the digest of all modules of this package that a verb imports, 16 hex digits.

    Parameters
    ----------
    verb
        A verb of the command line, e.g. ``"evaluate"`` or ``"fetch-dataset"``.
    modules
        Further modules that the verb imports by a name that it is given, e.g.
        ``"radiogaze.figures.gating.fig04"``.
    root
        The folder of the package's sources.
    """
    seen: dict[str, str] = {}
    waiting = [f"{PACKAGE}.cli.{verb.replace('-', '_')}", *modules]
    while waiting:
        module = waiting.pop()
        path = _file_of(module, root)
        if module in seen or module in _DOORS or path is None:
            continue
        seen[module], imported = _read(path, module)
        waiting += imported
    text = "\n".join(f"{module} {seen[module]}" for module in sorted(seen))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _read(path: Path, module: str) -> tuple[str, list[str]]:
    """Return what a module means, as text, and what it imports; most verbs share most modules."""
    tree = _without_docstrings(ast.parse(path.read_text("utf-8")))
    return ast.dump(tree), _imports(tree, module)


def _file_of(module: str, root: Path) -> Path | None:
    """Return the source file of a module of this package, None for anything else."""
    package, *parts = module.split(".")
    if package != PACKAGE:
        return None
    path = root.joinpath(*parts)
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imports(tree: ast.AST, importer: str) -> list[str]:
    """Return every module that might be imported anywhere in a tree, with its parents."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ValueError(f"{importer}: relative import; this package imports by full name")
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    parents = {
        ".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 1)
    }
    return sorted(names | parents)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
