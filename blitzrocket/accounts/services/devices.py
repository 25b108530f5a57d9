"""Browser and device of a session in words, from the User-Agent header."""

# The first text found decides: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_in_words(user_agent: str) -> str:
    """“Chrome on Windows”; “Unknown browser” where the header says nothing that we know."""
    browser = next((name for text, name in BROWSERS if text in user_agent), "")
    device = next((name for text, name in DEVICES if text in user_agent), "")
    return " on ".join(part for part in (browser or "Unknown browser", device) if part)
