"""Two weeks of a shop in minutes: every call, every store and every act in the admin, with crashes in between.

A model that shares no code with the product says what has to be in each row at the end of each day.
"""
