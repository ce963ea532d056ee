"""The demo corpus: invented short videos, the hidden briefs behind them, their clips and simulated raters."""
