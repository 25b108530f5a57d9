"""What a team stores of a person: find it, export it, erase it. See docs/privacy.md."""
