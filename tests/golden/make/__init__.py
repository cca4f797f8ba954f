"""The makers of golden cases, one module a framework."""
