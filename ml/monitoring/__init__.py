"""Watching a model in service: drift, live performance, and when to train anew.

serving.prediction ─┐
serving.outcome ────┼─► answered ─► inputs, predictions, performance ─► policy ─► report
bundle of the model ┘                                                              │
                  serving.monitoring ◄─────────────────────────────────────────────┘
"""
