"""Batches: whole uploads of records, each answered by one version of the model.

    receive ──► spool on disk ──► readers (tables, lines) ──► pieces ──► scoring ──► writers
                                                                            │
                                              a stream, or a job's result ◄─┘

Pieces of some 20,000 rows pass through threads one by one, so that neither the memory nor
the event loop knows how long an upload is: see `docs/batch.md`.
"""
