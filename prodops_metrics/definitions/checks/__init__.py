"""Checks: every fault that a definition can have, one function each, found by listing this folder.

The docstring of a check is its documentation, and its examples are its test: a title, why it matters, then ``Valid:`` and
``Invalid:`` YAML. The spot that an invalid example is reported at stands between « and ».

The modules that read definitions build their faults here, so nothing here may import them; ``listing`` fills the register
once they are all there.
"""

from prodops_metrics.definitions.checks.registry import CHECKS, Check, check

__all__ = ["CHECKS", "Check", "check"]
