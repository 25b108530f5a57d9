import blitzrocket.ids
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('apikeys', '0002_call_windows_are_unlogged'),
        ('contests', '0002_append_only'),
        ('jobs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The condition of a check: see `contests.models.fields.is_consistent`.
        migrations.RunSQL(
            """
            CREATE FUNCTION purchase_is_consistent(
                order_id text, amount numeric, currency text, status text, refunded_amount numeric,
                points_awarded bigint, points_now bigint, duplicates integer,
                rule_set_id text, recalculated_award_id text, source_import_id text, import_undone_at timestamptz
            ) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
            BEGIN
                RETURN amount > 0 AND amount <= 999999999999
                    AND points_awarded >= 0 AND points_now >= 0 AND duplicates >= 0
                    AND order_id <> ''
                    AND currency ~ '^[A-Z]{3}$'
                    AND CASE status
                        WHEN 'recorded' THEN refunded_amount = 0
                        WHEN 'partially_refunded' THEN refunded_amount > 0 AND refunded_amount < amount
                        WHEN 'refunded' THEN refunded_amount = amount AND points_now = 0
                        WHEN 'voided' THEN refunded_amount BETWEEN 0 AND amount AND points_now = 0
                        ELSE false
                    END
                    AND CASE WHEN rule_set_id IS NULL
                        THEN source_import_id IS NOT NULL AND recalculated_award_id IS NULL
                            AND (import_undone_at IS NULL OR status = 'voided')
                        ELSE source_import_id IS NULL AND import_undone_at IS NULL
                    END;
            END
            $$
            """,
            """
            DROP FUNCTION purchase_is_consistent(
                text, numeric, text, text, numeric, bigint, bigint, integer, text, text, text, timestamptz
            )
            """,
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE purchases_rejectedpurchase_number", "DROP SEQUENCE purchases_rejectedpurchase_number"
        ),
        migrations.CreateModel(
            name='RetentionGap',
            fields=[
                ('contest', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='contests.contest')),
                ('since', models.DateTimeField(verbose_name='incomplete since')),
                ('held_deleted', models.PositiveBigIntegerField(default=0, verbose_name='held orders deleted at the limit')),
                ('held_deleted_at', models.DateTimeField(null=True, verbose_name='last deleted')),
            ],
            options={
                'verbose_name': 'retention gap',
                'verbose_name_plural': 'retention gaps',
            },
        ),
        migrations.CreateModel(
            name='PurchaseTotals',
            fields=[
                ('contest', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='contests.contest')),
                ('purchases', models.PositiveBigIntegerField(verbose_name='purchases')),
                ('imported_purchases', models.PositiveBigIntegerField(verbose_name='imported purchases')),
                ('refunded_purchases', models.PositiveBigIntegerField(verbose_name='refunded purchases')),
                ('points_awarded', models.BigIntegerField(verbose_name='points awarded')),
                ('revenue', models.JSONField(default=dict, verbose_name='revenue by currency')),
                ('counted_at', models.DateTimeField(verbose_name='counted')),
                ('counted_to', models.CharField(db_collation='C', editable=False, max_length=26)),
            ],
            options={
                'verbose_name': 'purchase totals',
                'verbose_name_plural': 'purchase totals',
            },
        ),
        migrations.CreateModel(
            name='RollupCursor',
            fields=[
                ('contest', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='contests.contest')),
                ('until', models.DateTimeField(verbose_name='rolled up until')),
            ],
            options={
                'verbose_name': 'roll-up cursor',
                'verbose_name_plural': 'roll-up cursors',
            },
        ),
        migrations.CreateModel(
            name='PurchaseImport',
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
                ('adds_points', models.BooleanField(default=False, verbose_name='add these points')),
                ('day_first', models.BooleanField(editable=False, null=True)),
                ('rows_without_zone', models.PositiveIntegerField(default=0, editable=False)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job', verbose_name='job')),
            ],
            options={
                'verbose_name': 'past order import',
                'verbose_name_plural': 'past order imports',
                'ordering': ['-id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='purchase', primary_key=True, serialize=False)),
                ('order_id', models.CharField(db_collation='C', max_length=255, verbose_name='order ID')),
                ('order_key', models.CharField(db_collation='C', editable=False, max_length=765)),
                ('email', models.CharField(max_length=254, verbose_name='email as sent')),
                ('email_key', models.CharField(db_collation='C', editable=False, max_length=762)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=16, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('purchased_at', models.DateTimeField(verbose_name='purchased at')),
                ('status', models.CharField(choices=[('recorded', 'Recorded'), ('partially_refunded', 'Partly refunded'), ('refunded', 'Refunded'), ('voided', 'Voided')], default='recorded', max_length=18, verbose_name='status')),
                ('points_awarded', models.BigIntegerField(verbose_name='points awarded')),
                ('points_now', models.BigIntegerField(default=0, help_text='After refunds and adjustments.', verbose_name='points now')),
                ('points_at_void', models.BigIntegerField(editable=False, null=True)),
                ('refunded_amount', models.DecimalField(decimal_places=4, default=0, help_text='Sum of all refunds.', max_digits=16, verbose_name='refunded amount')),
                ('import_undone_at', models.DateTimeField(null=True, verbose_name='import undone at')),
                ('scoring', models.JSONField(verbose_name='scoring')),
                ('duplicates', models.IntegerField(default=0, help_text='How often the order was received again.', verbose_name='duplicates ignored')),
                ('last_duplicate_at', models.DateTimeField(null=True, verbose_name='last duplicate')),
                ('last_differences', models.JSONField(null=True, verbose_name='differences')),
                ('created_at', models.DateTimeField(verbose_name='recorded at')),
                ('api_key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='apikeys.apikey', verbose_name='recorded with')),
                ('contest', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='contests.contest', verbose_name='contest')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='contests.entry', verbose_name='entry')),
                ('rule_set', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.ruleset', verbose_name='rules')),
                ('source_import', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='purchases.purchaseimport', verbose_name='import')),
            ],
            options={
                'verbose_name': 'purchase',
                'verbose_name_plural': 'purchases',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='PurchaseImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(verbose_name='line')),
                ('values', models.JSONField(verbose_name='values')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('outcome', models.CharField(choices=[('new', 'New'), ('known', 'Already recorded'), ('duplicate', 'Duplicate row'), ('no_entry', 'No entry with this email'), ('reversed', 'Refunded or voided before'), ('error', 'Error'), ('imported', 'Imported'), ('undone', 'Undone'), ('stayed', 'Kept: changed since')], max_length=9, verbose_name='outcome')),
                ('email_key', models.CharField(blank=True, db_collation='C', editable=False, max_length=762)),
                ('points', models.BigIntegerField(default=0, editable=False)),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest')),
                ('purchase', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='purchases.purchase')),
                ('purchase_import', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='purchases.purchaseimport')),
            ],
            options={
                'ordering': ['line'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RecalculatedAward',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='award', primary_key=True, serialize=False)),
                ('scoring', models.JSONField(verbose_name='scoring')),
                ('points_before', models.BigIntegerField(verbose_name='points before')),
                ('points_after', models.BigIntegerField(help_text='For the amount left after refunds.', verbose_name='points after')),
                ('created_at', models.DateTimeField(verbose_name='when')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('previous', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='purchases.recalculatedaward', verbose_name='previous award')),
                ('purchase', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recalculated_awards', to='purchases.purchase', verbose_name='purchase')),
                ('rule_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.ruleset', verbose_name='rules')),
            ],
            options={
                'verbose_name': 'recalculated award',
                'verbose_name_plural': 'recalculated awards',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='purchase',
            name='recalculated_award',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='purchases.recalculatedaward', verbose_name='last recalculation'),
        ),
        migrations.CreateModel(
            name='Recalculation',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='recalculation', primary_key=True, serialize=False)),
                ('since', models.DateTimeField(help_text='Empty for all orders.', null=True, verbose_name='orders recorded since')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('at_purchase', models.CharField(blank=True, db_collation='C', editable=False, max_length=64)),
                ('scored_count', models.PositiveBigIntegerField(default=0, verbose_name='orders scored')),
                ('changed_count', models.PositiveBigIntegerField(default=0, verbose_name='orders changed')),
                ('points', models.BigIntegerField(default=0, help_text='Net of points removed.', verbose_name='points added')),
                ('created_at', models.DateTimeField(verbose_name='when')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recalculations', to='contests.contest', verbose_name='contest')),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job', verbose_name='job')),
                ('rule_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.ruleset', verbose_name='rules')),
                ('undo_job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobs.job', verbose_name='undo job')),
            ],
            options={
                'verbose_name': 'recalculation',
                'verbose_name_plural': 'recalculations',
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='recalculatedaward',
            name='recalculation',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recalculated_awards', to='purchases.recalculation', verbose_name='recalculation'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='refund', primary_key=True, serialize=False)),
                ('order_id', models.CharField(db_collation='C', max_length=255, verbose_name='order ID')),
                ('refund_id', models.CharField(db_collation='C', help_text='As the shop sent it.', max_length=255, verbose_name='refund ID')),
                ('refund_key', models.CharField(db_collation='C', editable=False, max_length=765)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=16, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('points_reversed', models.BigIntegerField(verbose_name='points removed')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='refunded')),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('api_key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='apikeys.apikey', verbose_name='API key')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('purchase', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='purchases.purchase', verbose_name='purchase')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RejectedPurchase',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='rejected', primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(db_default=models.Func(models.Value('purchases_rejectedpurchase_number'), function='nextval', output_field=models.BigIntegerField()), editable=False)),
                ('contest_sent', models.CharField(db_collation='C', max_length=300, verbose_name='contest ID as sent')),
                ('order_id', models.CharField(db_collation='C', max_length=255, verbose_name='order ID')),
                ('order_key', models.CharField(db_collation='C', editable=False, max_length=765)),
                ('code', models.CharField(choices=[('invalid_request_body', 'Invalid request body'), ('amount_not_positive', 'Amount not positive'), ('contest_not_found', 'Contest not found'), ('entry_not_found', 'No entry with that email'), ('private_key_required', 'Sent with a public key'), ('invalid_query_parameter', 'Invalid query parameter')], max_length=40, verbose_name='reason')),
                ('details', models.JSONField(default=list, verbose_name='problems')),
                ('state', models.CharField(choices=[('rejected', 'Rejected'), ('held', 'Waiting for entry'), ('recorded', 'Resolved'), ('dismissed', 'Dismissed')], default='rejected', max_length=9, verbose_name='state')),
                ('email', models.CharField(blank=True, max_length=300, verbose_name='email')),
                ('email_key', models.CharField(blank=True, db_collation='C', editable=False, max_length=900)),
                ('amount', models.CharField(blank=True, max_length=300, verbose_name='amount')),
                ('currency', models.CharField(blank=True, max_length=300, verbose_name='currency')),
                ('purchased_at', models.DateTimeField(null=True, verbose_name='purchased at')),
                ('contest_state', models.JSONField(null=True, verbose_name='contest at first receipt')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='receipts')),
                ('first_received_at', models.DateTimeField(verbose_name='first received')),
                ('last_received_at', models.DateTimeField(verbose_name='last received')),
                ('api_key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='apikeys.apikey', verbose_name='API key')),
                ('contest', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rejected_purchases', to='contests.contest', verbose_name='contest')),
                ('purchase', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rejections', to='purchases.purchase', verbose_name='purchase')),
                ('rule_set', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.ruleset', verbose_name='rules at first receipt')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'rejected order',
                'verbose_name_plural': 'rejected orders',
            },
        ),
        migrations.CreateModel(
            name='RejectionCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('code', models.CharField(max_length=40, verbose_name='reason')),
                ('key_id', models.CharField(blank=True, db_collation='C', max_length=64)),
                ('slot', models.PositiveSmallIntegerField()),
                ('times', models.PositiveBigIntegerField(verbose_name='times')),
            ],
            options={
                'verbose_name': 'rejection count',
                'verbose_name_plural': 'rejection counts',
                'constraints': [models.UniqueConstraint(fields=('day', 'code', 'key_id', 'slot'), name='rejectioncount_unique_slot')],
            },
        ),
        migrations.CreateModel(
            name='DailyStat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('figure', models.CharField(choices=[('purchases', 'Purchases, and their points awarded'), ('revenue', 'By currency: purchases, and their revenue net of refunds'), ('rule', 'By rule: purchases matched, and points before rounding and caps'), ('rule_set', 'By rule set: purchases scored, and their points awarded'), ('ledger', 'By kind: ledger lines, and their points'), ('entries', 'New entries'), ('duplicates', 'Duplicates received, and orders that had any')], max_length=10, verbose_name='figure')),
                ('key', models.CharField(blank=True, db_collation='C', max_length=64, verbose_name='key')),
                ('count', models.BigIntegerField(verbose_name='count')),
                ('amount', models.DecimalField(decimal_places=10, max_digits=40, verbose_name='amount')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
            ],
            options={
                'verbose_name': 'daily stat',
                'verbose_name_plural': 'daily stats',
                'constraints': [models.UniqueConstraint(fields=('contest', 'day', 'figure', 'key'), name='dailystat_unique_figure'), models.CheckConstraint(condition=models.Q(('figure__in', ['purchases', 'revenue', 'rule', 'rule_set', 'ledger', 'entries', 'duplicates'])), name='dailystat_figure_known'), models.CheckConstraint(condition=models.Q(('count__gte', 0)), name='dailystat_count_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='PendingRefund',
            fields=[
                ('id', blitzrocket.ids.IdField(db_collation='C', editable=False, max_length=64, prefix='refund', primary_key=True, serialize=False)),
                ('order_id', models.CharField(db_collation='C', max_length=255, verbose_name='order ID')),
                ('order_key', models.CharField(db_collation='C', editable=False, max_length=765)),
                ('refund_id', models.CharField(db_collation='C', help_text='As the shop sent it.', max_length=255, verbose_name='refund ID')),
                ('refund_key', models.CharField(db_collation='C', editable=False, max_length=765)),
                ('amount', models.DecimalField(decimal_places=4, help_text='Empty: the full remaining amount.', max_digits=16, null=True, verbose_name='amount')),
                ('currency', models.CharField(blank=True, help_text="Empty: the order's currency.", max_length=3, verbose_name='currency')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('applied', 'Applied'), ('refused', 'Refused')], default='pending', max_length=7, verbose_name='state')),
                ('problem', models.CharField(blank=True, max_length=500, verbose_name='problem')),
                ('is_dismissed', models.BooleanField(default=False, verbose_name='dismissed')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('api_key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='apikeys.apikey', verbose_name='API key')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pending_refunds', to='contests.contest', verbose_name='contest')),
            ],
            options={
                'verbose_name': 'pending refund',
                'verbose_name_plural': 'pending refunds',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['contest', 'order_key'], name='pendingrefund_by_order_key'), models.Index(fields=['contest', 'refund_key'], name='pendingrefund_by_refund_key'), models.Index(condition=models.Q(('state', 'pending')), fields=['contest', 'id'], name='pendingrefund_pending'), models.Index(condition=models.Q(('state', 'refused')), fields=['contest', 'id'], name='pendingrefund_refused'), models.Index(condition=models.Q(('state', 'refused')), fields=['contest', 'api_key', 'received_at'], name='pendingrefund_refused_by_key'), models.Index(condition=models.Q(('is_dismissed', False), ('state__in', ['pending', 'refused'])), fields=['contest', 'state'], name='pendingrefund_open')],
                'constraints': [models.UniqueConstraint(fields=('contest', 'order_id', 'refund_id'), name='pendingrefund_unique_refund_per_order'), models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), ('state', 'refused'), _connector='OR'), name='pendingrefund_amount_positive'), models.CheckConstraint(condition=models.Q(('currency', ''), ('currency__regex', '^[A-Z]{3}$'), _connector='OR'), name='pendingrefund_currency_is_a_code'), models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'applied', 'refused'])), name='pendingrefund_state_known')],
            },
        ),
        migrations.CreateModel(
            name='DuplicateCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('times', models.PositiveIntegerField(verbose_name='times')),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contests.contest', verbose_name='contest')),
                ('purchase', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='purchases.purchase', verbose_name='purchase')),
            ],
            options={
                'verbose_name': 'duplicate count',
                'verbose_name_plural': 'duplicate counts',
                'constraints': [models.UniqueConstraint(fields=('contest', 'day', 'purchase'), name='duplicatecount_unique_day_of_a_purchase'), models.CheckConstraint(condition=models.Q(('times__gt', 0)), name='duplicatecount_counts_something')],
            },
        ),
        migrations.AddConstraint(
            model_name='purchaseimport',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), name='purchaseimport_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='purchaseimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['checking', 'ready', 'importing', 'imported', 'undoing', 'undone'])), name='purchaseimport_state_known'),
        ),
        migrations.AddIndex(
            model_name='purchaseimportrow',
            index=models.Index(fields=['contest', 'purchase_import', 'outcome', 'line'], name='purchaseimportrow_by_outcome'),
        ),
        migrations.AddIndex(
            model_name='purchaseimportrow',
            index=models.Index(condition=models.Q(('outcome', 'new')), fields=['contest', 'purchase_import', 'email_key'], name='purchaseimportrow_by_email'),
        ),
        migrations.AddConstraint(
            model_name='purchaseimportrow',
            constraint=models.UniqueConstraint(fields=('contest', 'purchase_import', 'line'), name='purchaseimportrow_unique_line_per_import'),
        ),
        migrations.AddConstraint(
            model_name='purchaseimportrow',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['new', 'known', 'duplicate', 'no_entry', 'reversed', 'error', 'imported', 'undone', 'stayed'])), name='purchaseimportrow_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='purchaseimportrow',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='purchaseimportrow_points_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), include=('currency', 'status', 'created_at', 'purchased_at'), name='purchase_by_contest_and_id'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.CheckConstraint(condition=models.Func('order_id', 'amount', 'currency', 'status', 'refunded_amount', 'points_awarded', 'points_now', 'duplicates', 'rule_set', 'recalculated_award', 'source_import', 'import_undone_at', function='purchase_is_consistent', output_field=models.BooleanField()), name='purchase_is_consistent'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['contest', 'purchased_at', 'id'], include=('currency', 'status', 'created_at'), name='purchase_by_purchase_time'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['contest', 'currency', 'id'], name='purchase_by_currency'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['contest', 'order_key'], name='purchase_by_contest_and_order'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(fields=['contest', 'entry', 'id'], name='purchase_by_contest_and_entry'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('status', 'recorded'), _negated=True), fields=['contest', 'status', 'id'], include=('rule_set',), name='purchase_changed_by_status'),
        ),
        migrations.AddIndex(
            model_name='purchase',
            index=models.Index(condition=models.Q(('rule_set', None)), fields=['contest', 'id'], name='purchase_imported_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='purchase',
            constraint=models.UniqueConstraint(fields=('contest', 'order_id'), name='purchase_unique_order_per_contest'),
        ),
        migrations.AddConstraint(
            model_name='recalculation',
            constraint=models.UniqueConstraint(fields=('contest', 'id'), name='recalculation_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='recalculation',
            constraint=models.UniqueConstraint(fields=('contest', 'job'), name='recalculation_unique_job'),
        ),
        migrations.AddConstraint(
            model_name='recalculation',
            constraint=models.UniqueConstraint(fields=('contest', 'undo_job'), name='recalculation_unique_undo_job'),
        ),
        migrations.AddConstraint(
            model_name='recalculation',
            constraint=models.CheckConstraint(condition=models.Q(('changed_count__lte', models.F('scored_count'))), name='recalculation_changed_at_most_scored'),
        ),
        migrations.AddIndex(
            model_name='recalculatedaward',
            index=models.Index(fields=['contest', 'recalculation', 'id'], name='award_by_recalculation'),
        ),
        migrations.AddConstraint(
            model_name='recalculatedaward',
            constraint=models.UniqueConstraint(fields=('contest', 'purchase', 'recalculation'), name='recalculatedaward_once_per_recalculation'),
        ),
        migrations.AddConstraint(
            model_name='recalculatedaward',
            constraint=models.CheckConstraint(condition=models.Q(('points_after__gte', 0), ('points_before__gte', 0)), name='recalculatedaward_points_not_negative'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['contest', 'refund_key'], name='refund_by_contest_and_key'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['contest', 'id'], name='refund_by_contest'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('contest', 'purchase', 'refund_id'), name='refund_unique_refund_per_purchase'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('refund_id', ''), _negated=True), name='refund_id_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('order_id', ''), _negated=True), name='refund_order_id_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('points_reversed__gte', 0)), name='refund_points_not_negative'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(condition=models.Q(('code', 'entry_not_found'), _negated=True), fields=['api_key', 'first_received_at'], name='rejected_by_key_and_day'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(fields=['team', 'order_key'], name='rejected_by_team_and_order'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(fields=['team', 'email_key'], name='rejected_by_team_and_email'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(condition=models.Q(('state', 'rejected')), fields=['team', 'contest'], name='rejected_open_by_team'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['contest', 'last_received_at', 'id'], name='rejected_held_by_time'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(condition=models.Q(('state', 'held'), _negated=True), fields=['last_received_at'], name='rejected_not_held_by_time'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(condition=models.Q(('purchase__isnull', False)), fields=['purchase'], name='rejected_by_purchase'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(fields=['team', '-last_received_at', '-id'], name='rejected_by_team'),
        ),
        migrations.AddIndex(
            model_name='rejectedpurchase',
            index=models.Index(fields=['-last_received_at', '-id'], name='rejected_by_time'),
        ),
        migrations.AddConstraint(
            model_name='rejectedpurchase',
            constraint=models.UniqueConstraint(fields=('contest_sent', 'order_id', 'code', 'team'), name='rejected_unique_order_and_code'),
        ),
        migrations.AddConstraint(
            model_name='rejectedpurchase',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['rejected', 'held', 'recorded', 'dismissed'])), name='rejected_state_known'),
        ),
        migrations.AddConstraint(
            model_name='rejectedpurchase',
            constraint=models.CheckConstraint(condition=models.Q(('contest', None), ('contest', models.F('contest_sent')), _connector='OR'), name='rejected_contest_is_the_one_sent'),
        ),
        migrations.AddConstraint(
            model_name='rejectedpurchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'held'), _negated=True), models.Q(('contest__isnull', False), ('purchased_at__isnull', False), ('rule_set__isnull', False)), _connector='OR'), name='rejected_held_can_be_scored'),
        ),
        migrations.AddConstraint(
            model_name='rejectedpurchase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purchase__isnull', False), ('state', 'recorded')), models.Q(models.Q(('state', 'recorded'), _negated=True), ('purchase', None)), _connector='OR'), name='rejected_recorded_names_its_purchase'),
        ),
    ]
