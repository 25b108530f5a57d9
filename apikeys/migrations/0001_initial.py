import blitzrocket.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='key', primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('public', 'Public: reads only, safe in web pages'), ('private', 'Private: reads and writes, keep it on your server')], default='private', max_length=7, verbose_name='kind')),
                ('name', models.CharField(help_text='What uses it, for example “web shop”.', max_length=100, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=20, verbose_name='prefix')),
                ('digest', models.CharField(db_collation='C', editable=False, max_length=64)),
                ('rate_limit', models.PositiveIntegerField(blank=True, help_text='Leave empty for no limit.', null=True, verbose_name='requests per minute')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('expires_at', models.DateTimeField(blank=True, help_text='Leave empty for no expiry.', null=True, verbose_name='expires at')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked at')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='CallWindow',
            fields=[
                ('key', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='apikeys.apikey')),
                ('started_at', models.DateTimeField()),
                ('calls', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'call window',
                'verbose_name_plural': 'call windows',
            },
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.UniqueConstraint(fields=('digest',), name='apikey_unique_digest'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['public', 'private'])), name='apikey_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('rate_limit', None), ('rate_limit__gte', 1), _connector='OR'), name='apikey_rate_limit_at_least_one', violation_error_message='Allow at least 1 request per minute, or leave the limit empty.'),
        ),
    ]
