"""Plotly figures and the tables that say the same. Pure: numbers in, a `Chart` out; colours are those of the sheet."""
