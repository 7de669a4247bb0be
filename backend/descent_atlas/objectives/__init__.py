"""Objectives: functions f(x, y) with exact derivatives, and their minima."""
