"""Recording as Django REST framework's documentation leads to: models, a serializer, a view, the ORM."""
