"""From a source to rows: fetch, contract, split, batches, raw store."""
