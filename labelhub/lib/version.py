"""The version of the code that computed a figure, stored beside the figure."""

CODE_VERSION = "0.1.0"
