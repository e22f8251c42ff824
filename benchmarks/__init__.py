"""What the library costs, measured: ``python -m benchmarks`` prints one table. Figures inform; they gate nothing."""
