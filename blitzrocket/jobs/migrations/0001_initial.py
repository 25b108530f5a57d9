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
            name='Chore',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False, verbose_name='name')),
                ('due_at', models.DateTimeField(verbose_name='due')),
            ],
            options={
                'verbose_name': 'chore',
                'verbose_name_plural': 'chores',
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='job', primary_key=True, serialize=False)),
                ('contest_id', models.CharField(db_collation='C', max_length=64, verbose_name='contest')),
                ('kind', models.CharField(max_length=30, verbose_name='kind')),
                ('is_exclusive', models.BooleanField(default=True, verbose_name='exclusive')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], default='waiting', max_length=9, verbose_name='state')),
                ('params', models.JSONField(default=dict, verbose_name='parameters')),
                ('result', models.JSONField(default=dict, verbose_name='result')),
                ('problem', models.CharField(blank=True, max_length=300, verbose_name='problem')),
                ('done', models.PositiveBigIntegerField(default=0, verbose_name='done')),
                ('total', models.PositiveBigIntegerField(null=True, verbose_name='of')),
                ('holder', models.CharField(blank=True, editable=False, max_length=64)),
                ('leased_until', models.DateTimeField(editable=False, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['id'], name='job_open'), models.Index(fields=['contest_id', 'id'], name='job_by_contest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_exclusive', True), ('state__in', ['waiting', 'running'])), fields=('contest_id',), name='job_one_exclusive_per_contest'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'cancelled', 'failed'])), name='job_state_known')],
            },
        ),
    ]
