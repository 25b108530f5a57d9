import blitzrocket.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='event', primary_key=True, serialize=False)),
                ('team_id', models.CharField(db_collation='C', max_length=64, null=True, verbose_name='team')),
                ('contest_id', models.CharField(db_collation='C', max_length=64, null=True, verbose_name='contest')),
                ('action', models.CharField(choices=[('added', 'Added'), ('changed', 'Changed'), ('deleted', 'Deleted'), ('published', 'Rules published'), ('revoked', 'Revoked'), ('accepted', 'Invitation accepted'), ('adjusted', 'Points adjusted'), ('recorded', 'Recorded by hand'), ('refunded', 'Refunded'), ('voided', 'Voided'), ('restored', 'Restored'), ('moved', 'Moved'), ('attached', 'Attached to an entry'), ('detached', 'Detached from its entry'), ('dismissed', 'Dismissed'), ('reopened', 'Reopened'), ('recalculated', 'Points recalculated'), ('undone', 'Recalculation undone'), ('copied', 'Duplicated'), ('exported', 'Exported'), ('imported', 'Imported'), ('unimported', 'Import undone')], max_length=20, verbose_name='action')),
                ('object_type', models.CharField(db_collation='C', max_length=40, verbose_name='object type')),
                ('object_id', models.CharField(db_collation='C', max_length=64, verbose_name='object')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('api_key_id', models.CharField(blank=True, db_collation='C', max_length=64, verbose_name='API key')),
                ('api_key_name', models.CharField(blank=True, max_length=200, verbose_name='API key name')),
                ('request_digest', models.CharField(blank=True, db_collation='C', editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='when')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'activity',
                'verbose_name_plural': 'activity log',
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='auditevent_by_object'), models.Index(fields=['team_id', '-created_at'], name='auditevent_by_team'), models.Index(fields=['contest_id', 'created_at'], name='auditevent_by_contest'), models.Index(fields=['-created_at'], name='auditevent_by_time')],
            },
        ),
    ]
