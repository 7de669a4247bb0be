"""Typed functions: a formula that a person types, as an objective.

`tokens` and `parser` read the text into a tree and say where a fault is. `program` turns the tree
into instructions, which `machine` runs with exact derivatives; `mathematics` prints the tree.
Nothing that a person types is ever evaluated as code.
"""
