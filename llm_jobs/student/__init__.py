"""The student: a small network over precomputed embeddings, distilled from soft labels.

A program of its own, ``python -m llm_jobs.student`` (see ``__main__``); the rest of the project imports ``config`` and
``errors`` at most, neither of which imports torch.
"""
