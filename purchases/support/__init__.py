"""What the support desk reads: search, timelines, replies and open items."""
