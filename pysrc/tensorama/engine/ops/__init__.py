"""The operators, family by family. Importing this package registers them all.

Each module of this folder is one family and is found by itself.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
