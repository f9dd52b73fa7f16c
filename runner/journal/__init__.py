"""What happened in a run, durable and append-only, and what it implies."""
