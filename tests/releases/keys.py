"""The keys of a release's database, which are no secrets: the upgraded service is called with them."""

PRIVATE_KEY = f"brk_priv_{'0' * 32}"
PUBLIC_KEY = f"brk_pub_{'0' * 32}"
