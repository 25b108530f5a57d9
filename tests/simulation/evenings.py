"""Which acts are done in which evening: each kind in turn, as often as the days allow."""

from collections.abc import Callable, Iterator

from contests.models import Contest
from tests.simulation import contest_days, list_days, page_days, person_days, store_days, team_days, webhook_days
from tests.simulation.people import World

Act = Callable[[World, Contest], None]

EVENINGS: tuple[Act, ...] = (
    contest_days.import_entries,
    contest_days.refer_and_take_back,
    contest_days.handle_an_unusable_delivery,
    contest_days.import_orders,
    contest_days.read_exports,
    contest_days.read_lists_of_the_api,
    contest_days.import_entries_and_undo,
    contest_days.choose_what_an_import_adds,
    contest_days.pause_and_change_a_store,
    contest_days.import_orders_and_undo,
    contest_days.dismiss_and_reopen_a_refund,
    contest_days.change_the_key,
    contest_days.correct_an_entry,
    contest_days.try_rules,
    store_days.deliver_other_events,
    store_days.sign_up_by_a_store,
    webhook_days.tell_another_system,
    webhook_days.check_the_other_system,
    list_days.void_and_restore_selected,
    list_days.move_selected,
    list_days.record_selected_and_undo,
    list_days.attach_selected_and_undo,
    list_days.attach_and_detach_one,
    list_days.dismiss_and_reopen_one,
    list_days.export_lists,
    team_days.invite_and_revoke,
    team_days.accept_and_change_role,
    team_days.reset_a_password,
    team_days.use_two_steps,
    team_days.turn_two_steps_off,
    team_days.change_own_settings,
    team_days.run_the_installation,
    person_days.export_and_erase_a_participant,
    person_days.erase_the_sender_of_a_held_order,
)


def acts_of_the_evening(day: int, days: int) -> Iterator[Act]:
    """Each kind of act in turn. Rules change half way, and all is scored again and looked at in the end."""
    yield from [act for place, act in enumerate(EVENINGS) if place % (days - 1) == day]
    if day == days // 2 - 1:
        yield contest_days.double_the_points
        yield contest_days.recalculate_and_undo
        yield contest_days.copy_the_contest
    if day == days - 1:
        yield contest_days.recalculate
        yield webhook_days.end_the_copy
        yield page_days.open_every_page
