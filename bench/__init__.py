"""Benchmarks: `make bench` prints ratios against a baseline of the same run and writes `bench/report.json`."""
