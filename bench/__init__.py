"""What the project promises in figures, measured: ``make bench``, or ``python -m bench``.

Each benchmark is one module of ``bench.benchmarks``. They start ``python -m localcloud`` themselves and
use it as anyone would, over HTTP and WebSocket; results are a Markdown table and a JSON document.
"""
