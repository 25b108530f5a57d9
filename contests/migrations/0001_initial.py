import blitzrocket.ids
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('jobs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Conditions of checks: see `contests.models.fields.is_consistent`.
        migrations.RunSQL(
            """
            CREATE FUNCTION entry_is_consistent(
                email text, email_key text, near_key text, phone text, phone_key text, line_count integer
            ) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
            BEGIN
                RETURN line_count >= 0
                    AND (email = '') = (email_key = '')
                    AND (email = '') = (near_key = '')
                    AND (phone <> '' OR phone_key = '');
            END
            $$;
            CREATE FUNCTION pointtransaction_is_consistent(
                number integer, kind text, points bigint, purchase_id text, undoes_id text
            ) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
            BEGIN
                RETURN number >= 0
                    AND points <> 0
                    AND (kind IN ('adjusted', 'bonus')) = (purchase_id IS NULL)
                    AND CASE
                        WHEN kind IN ('earned', 'moved_in', 'bonus') THEN (points > 0) = (undoes_id IS NULL)
                        WHEN kind IN ('refunded', 'voided', 'moved_out') THEN (points < 0) = (undoes_id IS NULL)
                        ELSE kind IN ('recalculated', 'adjusted')
                    END;
            END
            $$
            """,
            """
            DROP FUNCTION entry_is_consistent(text, text, text, text, text, integer);
            DROP FUNCTION pointtransaction_is_consistent(integer, text, bigint, text, text)
            """,
        ),
        migrations.CreateModel(
            name='Contest',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', help_text='Used in API URLs. Migrating? Enter the old ID.', max_length=64, prefix='', primary_key=True, serialize=False, validators=[django.core.validators.RegexValidator('\\A[A-Za-z0-9_-]+\\Z', 'Use letters, digits, hyphens and underscores only.')], verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('description', models.TextField(blank=True, help_text='For participants.', verbose_name='description')),
                ('slug', models.SlugField(help_text='Used in web addresses.', max_length=100, verbose_name='slug')),
                ('mode', models.CharField(choices=[('giveaway', 'Giveaway'), ('leaderboard', 'Leaderboard'), ('waitlist', 'Waitlist')], default='giveaway', help_text='Points give chances to win, ranks on a leaderboard, or places in line.', max_length=12, verbose_name='mode')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('paused', 'Paused'), ('ended', 'Ended')], default='draft', help_text='Purchases earn points only while the contest is active, between start and end.', max_length=8, verbose_name='status')),
                ('starts_at', models.DateTimeField(blank=True, help_text='Leave empty to start right away.', null=True, verbose_name='start')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Ends at this moment (not included). Leave empty for no end.', null=True, verbose_name='end')),
                ('is_evergreen', models.BooleanField(default=False, help_text='No end date.', verbose_name='evergreen')),
                ('tracking_enabled', models.BooleanField(default=True, help_text='If off, purchases are recorded with 0 points.', verbose_name='purchases earn points')),
                ('attaches_automatically', models.BooleanField(default=True, help_text='As soon as an entry with their email exists. If off, support attaches each order.', verbose_name='record waiting orders automatically')),
                ('rounding', models.CharField(choices=[('nearest', 'Nearest whole point (0.5 rounds up)'), ('down', 'Round down'), ('up', 'Round up')], default='nearest', help_text='Applied once, to the sum of all rules.', max_length=8, verbose_name='rounding')),
                ('cap_per_purchase', models.PositiveBigIntegerField(blank=True, help_text='Leave empty for no limit.', null=True, verbose_name='maximum points per purchase')),
                ('cap_per_entry', models.PositiveBigIntegerField(blank=True, help_text='Over the whole contest. Leave empty for no limit.', null=True, verbose_name='maximum purchase points per entry')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('team', models.ForeignKey(help_text='Its members and API keys have access. Cannot be changed later.', on_delete=django.db.models.deletion.PROTECT, related_name='contests', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'contest',
                'verbose_name_plural': 'contests',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='EntryTotals',
            fields=[
                ('contest', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='contests.contest')),
                ('entries', models.PositiveBigIntegerField(verbose_name='entries')),
                ('confirmed_entries', models.PositiveBigIntegerField(verbose_name='confirmed entries')),
                ('disqualified_entries', models.PositiveBigIntegerField(verbose_name='disqualified entries')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('highest_points', models.BigIntegerField(verbose_name='highest points')),
            ],
            options={
                'verbose_name': 'entry totals',
                'verbose_name_plural': 'entry totals',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='entry', primary_key=True, serialize=False)),
                ('email', models.CharField(blank=True, max_length=254, verbose_name='email')),
                ('email_key', models.CharField(blank=True, db_collation='C', editable=False, max_length=762)),
                ('near_key', models.CharField(blank=True, db_collation='C', editable=False, max_length=762)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('phone', models.CharField(blank=True, help_text='Required without an email.', max_length=40, verbose_name='phone')),
                ('phone_key', models.CharField(blank=True, db_collation='C', editable=False, max_length=121)),
                ('referral_code', models.CharField(db_collation='C', editable=False, max_length=40, verbose_name='referral code')),
                ('email_confirmed', models.BooleanField(default=True, help_text='Unconfirmed entries earn points but are not on leaderboards.', verbose_name='email confirmed')),
                ('is_disqualified', models.BooleanField(default=False, help_text='New purchases are recorded but earn nothing.', verbose_name='disqualified')),
                ('points', models.BigIntegerField(default=0, editable=False, verbose_name='points')),
                ('line_count', models.IntegerField(default=0, editable=False, verbose_name='ledger lines')),
                ('points_since', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='contests.contest', verbose_name='contest')),
                ('referred_by', models.ForeignKey(db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referred', to='contests.entry', verbose_name='referred by')),
            ],
            options={
                'verbose_name': 'entry',
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='EntryImport',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='import', primary_key=True, serialize=False)),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('state', models.CharField(choices=[('checking', 'Checking'), ('ready', 'Ready to import'), ('importing', 'Importing'), ('imported', 'Imported'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='checking', max_length=9, verbose_name='state')),
                ('content', models.BinaryField(default=b'')),
                ('encoding', models.CharField(blank=True, max_length=20, verbose_name='encoding')),
                ('unread_columns', models.JSONField(default=list, verbose_name='ignored columns')),
                ('row_count', models.PositiveIntegerField(verbose_name='rows')),
                ('counts', models.JSONField(default=dict, verbose_name='row counts')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='uploaded')),
                ('rows_deleted_at', models.DateTimeField(null=True, verbose_name='rows deleted')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job', verbose_name='job')),
            ],
            options={
                'verbose_name': 'entry import',
                'verbose_name_plural': 'entry imports',
                'ordering': ['-id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='EntryImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(verbose_name='line')),
                ('values', models.JSONField(verbose_name='values')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('outcome', models.CharField(choices=[('new', 'New'), ('known', 'Already entered'), ('duplicate', 'Duplicate row'), ('error', 'Error'), ('imported', 'Added'), ('removed', 'Removed'), ('points_removed', 'Kept, without its imported points'), ('stayed', 'Kept: it has other activity')], max_length=14, verbose_name='outcome')),
                ('signed_up_since', models.BooleanField(default=False, editable=False)),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contests.entry')),
                ('entry_import', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='contests.entryimport')),
            ],
            options={
                'ordering': ['line'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(db_collation='C', max_length=60)),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest')),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='words', to='contests.entry')),
            ],
        ),
        migrations.CreateModel(
            name='PointRule',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='rule', primary_key=True, serialize=False)),
                ('points_per_unit', models.DecimalField(decimal_places=6, default=Decimal('1'), help_text="Per 1.00 in the purchase's currency.", max_digits=12, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(Decimal('100000'))], verbose_name='points per 1.00')),
                ('fixed_points', models.PositiveBigIntegerField(default=0, help_text='Added once per matching purchase.', validators=[django.core.validators.MaxValueValidator(1000000000)], verbose_name='fixed points')),
                ('currency', models.CharField(blank=True, help_text='ISO 4217 code. Leave empty for any currency; amounts are not converted.', max_length=3, verbose_name='currency')),
                ('amount_from', models.DecimalField(blank=True, decimal_places=4, help_text='Included. Leave empty for any amount.', max_digits=16, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='amount from')),
                ('amount_to', models.DecimalField(blank=True, decimal_places=4, help_text='Included. Leave empty for any amount.', max_digits=16, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='amount to')),
                ('valid_from', models.DateTimeField(blank=True, help_text='Leave empty for no start.', null=True, verbose_name='valid from')),
                ('valid_until', models.DateTimeField(blank=True, help_text='Ends at this moment (not included). Leave empty for no end.', null=True, verbose_name='valid until')),
                ('first_purchase_only', models.BooleanField(default=False, help_text="Voided purchases don't count.", verbose_name='first purchase only')),
                ('is_active', models.BooleanField(default=True, help_text='If off, the rule is ignored.', verbose_name='on')),
                ('contest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='contests.contest', verbose_name='contest')),
            ],
            options={
                'verbose_name': 'point rule',
                'verbose_name_plural': 'point rules',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PointTransaction',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='points', primary_key=True, serialize=False)),
                ('number', models.IntegerField(help_text='Counts the lines of an entry, from 1.', verbose_name='no.')),
                ('purchase_id', models.CharField(db_collation='C', max_length=64, null=True, verbose_name='purchase')),
                ('kind', models.CharField(choices=[('earned', 'Earned'), ('refunded', 'Refunded'), ('voided', 'Voided'), ('moved_out', 'Moved out'), ('moved_in', 'Moved in'), ('recalculated', 'Recalculated'), ('adjusted', 'Adjusted'), ('bonus', 'Bonus')], max_length=12, verbose_name='kind')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('balance', models.BigIntegerField(help_text="The entry's points after this line.", verbose_name='balance')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('adjustment_id', models.CharField(blank=True, db_collation='C', help_text='Each happens once.', max_length=100, verbose_name='adjustment id')),
                ('occurred_at', models.DateTimeField(verbose_name='happened at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('contest', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger', to='contests.entry', verbose_name='entry')),
                ('undoes', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='contests.pointtransaction', verbose_name='undoes')),
            ],
            options={
                'verbose_name': 'ledger line',
                'verbose_name_plural': 'ledger',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='rules', primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('content', models.JSONField(verbose_name='content')),
                ('published_at', models.DateTimeField(auto_now_add=True, verbose_name='published at')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rule_sets', to='contests.contest', verbose_name='contest')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'rule set',
                'verbose_name_plural': 'rule sets',
            },
        ),
        migrations.AddField(
            model_name='contest',
            name='rule_set',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.ruleset', verbose_name='live rules'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), name='entry_by_contest'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('email_confirmed', True), ('is_disqualified', False)), fields=['contest', '-points', 'points_since', 'id'], name='entry_by_rank'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('referred_by__isnull', False)), fields=['contest', 'referred_by'], name='entry_by_referrer'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('near_key', ''), _negated=True), fields=['contest', 'near_key'], name='entry_by_near_key'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('email_key', ''), _negated=True), fields=('contest', 'email_key'), name='entry_unique_email_per_contest', violation_error_message='This contest already has an entry with that email address.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('email_key', ''), models.Q(('phone_key', ''), _negated=True)), fields=('contest', 'phone_key'), name='entry_unique_phone_per_contest', violation_error_message='This contest already has an entry with that phone number and no email.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('contest', 'referral_code'), name='entry_unique_referral_code_per_contest'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('phone', ''), _negated=True), _connector='OR'), name='entry_has_email_or_phone', violation_error_message='An entry needs an email address or a phone number.'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Func('email', 'email_key', 'near_key', 'phone', 'phone_key', 'line_count', function='entry_is_consistent', output_field=models.BooleanField()), name='entry_is_consistent'),
        ),
        migrations.AddConstraint(
            model_name='entryimport',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), name='entryimport_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='entryimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'ready', 'importing', 'imported', 'undoing', 'undone'])), name='entryimport_state_known'),
        ),
        migrations.AddIndex(
            model_name='entryimportrow',
            index=models.Index(fields=['contest', 'entry_import', 'outcome', 'line'], name='entryimportrow_by_outcome'),
        ),
        migrations.AddIndex(
            model_name='entryimportrow',
            index=models.Index(condition=models.Q(('entry__isnull', False)), fields=['entry'], name='entryimportrow_by_entry'),
        ),
        migrations.AddConstraint(
            model_name='entryimportrow',
            constraint=models.UniqueConstraint(fields=('contest', 'entry_import', 'line'), name='entryimportrow_unique_line_per_import'),
        ),
        migrations.AddConstraint(
            model_name='entryimportrow',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['new', 'known', 'duplicate', 'error', 'imported', 'removed', 'points_removed', 'stayed'])), name='entryimportrow_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='nameword',
            constraint=models.UniqueConstraint(fields=('contest', 'word', 'entry'), name='nameword_unique_word_per_entry'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('points_per_unit__gte', 0), ('points_per_unit__lte', Decimal('100000'))), name='pointrule_rate_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('fixed_points__gte', 0), ('fixed_points__lte', 1000000000)), name='pointrule_fixed_points_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('points_per_unit__gt', 0), ('fixed_points__gt', 0), _connector='OR'), name='pointrule_gives_something', violation_error_message='This rule gives no points. Set points per 1.00, fixed points, or both.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('amount_from', None), models.Q(('amount_from__gte', 0), ('amount_from__lte', Decimal('999999999999'))), _connector='OR'), name='pointrule_amount_from_can_be_paid', violation_error_message='No purchase is that large. Enter a smaller “amount from”.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('amount_to', None), ('amount_to__gt', 0), _connector='OR'), name='pointrule_amount_to_is_positive', violation_error_message='Purchases are always above 0. Enter a larger “amount to”.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('amount_from', None), ('amount_to', None), ('amount_to__gte', models.F('amount_from')), _connector='OR'), name='pointrule_amounts_in_order', violation_error_message='“Amount to” must be at least “amount from”.'),
        ),
        migrations.AddConstraint(
            model_name='pointrule',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='pointrule_dates_in_order', violation_error_message='“Valid until” must be later than “valid from”.'),
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.UniqueConstraint(fields=('contest', 'entry', 'number'), name='pointtransaction_unique_number_per_entry'),
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.UniqueConstraint('contest', 'purchase_id', models.Case(models.When(kind='earned', then=models.Value('')), default=models.F('id'), output_field=models.CharField()), name='pointtransaction_earned_once_per_purchase'),
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.UniqueConstraint(condition=models.Q(('undoes', None), _negated=True), fields=('contest', 'undoes'), name='pointtransaction_undone_once'),
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.UniqueConstraint(condition=models.Q(('adjustment_id', ''), _negated=True), fields=('contest', 'entry', 'adjustment_id'), name='pointtransaction_adjusted_once_per_id'),
        ),
        migrations.AddConstraint(
            model_name='pointtransaction',
            constraint=models.CheckConstraint(condition=models.Func('number', 'kind', 'points', 'purchase_id', 'undoes', function='pointtransaction_is_consistent', output_field=models.BooleanField()), name='pointtransaction_is_consistent'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.UniqueConstraint(fields=('contest', 'number'), name='ruleset_unique_number_per_contest'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), name='ruleset_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.UniqueConstraint(fields=('team', 'slug'), name='contest_unique_slug_per_team'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('id__regex', '^[A-Za-z0-9_-]+$')), name='contest_id_safe_in_url'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['giveaway', 'leaderboard', 'waitlist'])), name='contest_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'active', 'paused', 'ended'])), name='contest_status_known'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('rounding__in', ['nearest', 'down', 'up'])), name='contest_rounding_known'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at', None), ('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='contest_ends_after_it_starts', violation_error_message='The end must be later than the start.'),
        ),
        migrations.AddConstraint(
            model_name='contest',
            constraint=models.CheckConstraint(condition=models.Q(('is_evergreen', False), ('ends_at', None), _connector='OR'), name='contest_evergreen_has_no_end', violation_error_message='An evergreen contest has no end date. Clear the end or turn off evergreen.'),
        ),
    ]
