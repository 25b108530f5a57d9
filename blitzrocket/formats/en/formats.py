"""How dates and times look wherever Django writes them, so in lists and on pages of the admin."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATE_FORMAT, SHORT_DATETIME_FORMAT = DATE_FORMAT, DATETIME_FORMAT
