"""Challenger traffic: the staging model beside the one in production.

    shadow: the answer is production's; afterwards the challenger scores the same records
    ab:     the challenger answers a share of the patients, always the same ones

A challenger that is absent, refused, the same as production's model, or that fails, costs
nobody an answer: see `docs/challenger.md`.
"""
