"""Other engines asked the same questions, each as its own documentation would have it, in an environment of their own.

A peer is a module with an ``Engine``: for each question one or more forms to ask it in, by name. A form returns
rows of plain values; ``benchmarks.run`` compares them with ours before any time counts. No peer imports prodops_metrics.
"""
