"""The server's side of `bench_raters`: what it seeds, starts, watches and reads back."""
