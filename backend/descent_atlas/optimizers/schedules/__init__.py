"""Schedules: what the learning rate is multiplied by at each step.

Names and meanings are those of `torch.optim.lr_scheduler`, stepped once after each step of the
optimizer.
"""
