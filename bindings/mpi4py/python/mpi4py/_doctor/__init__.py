"""What ``python -m mpi4py doctor`` is made of. `command` has the table of checks, `probe` runs in trials."""
