from django.db import migrations

FILL = """
    UPDATE purchases_purchase purchase SET points_now = held.points FROM (
        SELECT purchase_id, sum(points) AS points FROM contests_pointtransaction
        WHERE purchase_id IS NOT NULL GROUP BY purchase_id
    ) held WHERE held.purchase_id = purchase.id
"""


class Migration(migrations.Migration):
    dependencies = [("purchases", "0003_support_desk")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
