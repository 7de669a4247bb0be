"""Objects that a study names: functions and classes as "module:name", schedules as PyTorch does."""
