"""Typed objectives: functions f(x, y) that a person writes as text."""
