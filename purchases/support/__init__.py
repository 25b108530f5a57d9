"""What the support desk knows: it finds orders, tells their story and says what an act would do; it changes nothing."""
