"""Networks of published architectures, built of plain modules that PyTorch differentiates twice."""
