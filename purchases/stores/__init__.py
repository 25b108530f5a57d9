"""Orders, refunds and sign-ups straight from a store's webhooks."""
