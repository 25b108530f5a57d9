"""The lean tables as models."""

from django.db import models


class ApiKey(models.Model):
    team_id = models.BigIntegerField()
    digest = models.TextField(unique=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "api_key"


class Contest(models.Model):
    id = models.TextField(primary_key=True)
    team_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "contest"


class Rule(models.Model):
    contest = models.ForeignKey(Contest, models.CASCADE, related_name="rules")
    points_per_unit = models.DecimalField(max_digits=12, decimal_places=6)
    fixed_points = models.BigIntegerField()
    currency = models.TextField()
    amount_from = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        managed = False
        db_table = "rule"


class Entry(models.Model):
    contest = models.ForeignKey(Contest, models.CASCADE)
    email = models.TextField()
    points = models.BigIntegerField(default=0)

    class Meta:
        managed = False
        db_table = "entry"


class Purchase(models.Model):
    contest = models.ForeignKey(Contest, models.CASCADE)
    entry = models.ForeignKey(Entry, models.CASCADE)
    order_id = models.TextField()
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    currency = models.TextField()
    points = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "purchase"


class LedgerLine(models.Model):
    contest = models.ForeignKey(Contest, models.CASCADE)
    entry = models.ForeignKey(Entry, models.CASCADE)
    purchase = models.ForeignKey(Purchase, models.CASCADE)
    points = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "ledger_line"
