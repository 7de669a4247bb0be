"""Measurements that ship with the program: default learning rates and stories."""
