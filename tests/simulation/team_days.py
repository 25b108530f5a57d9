"""What owners and members do with logins: invitations, roles, passwords, two-step verification, sessions, settings."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from blitzrocket.accounts.models import Invitation, Membership, Session, User
from contests.models import Contest
from tests.blitzrocket.accounts.signing_in import Phone, codes_on_page, secret_on_page
from tests.simulation.calls import Desk, Unexpected, url_of
from tests.simulation.people import World, expect
from tests.simulation.setting_up import PASSWORD, ROOT_LOGIN

MEMBERSHIP, USER, TEAM = "accounts/membership", "accounts/user", "accounts/team"
FIRST, SECOND, THIRD = "a first long passphrase", "a second long passphrase", "a third long passphrase"
SETUP, CODES, OFF = (f"/account/two-step/{page}/" for page in ("set-up", "recovery-codes", "turn-off"))
SESSIONS, PASSWORD_CHANGE = "/account/sessions/", "/password_change/"
EVERY_SECOND = 30


def invite_and_revoke(world: World, contest: Contest) -> None:
    invite(world, contest, "refused@example.com")
    invitation = Invitation.objects.get(team=contest.team_id, email="refused@example.com")
    world.desk().act(url_of("accounts/invitation", invitation.pk, "revoke"))


def accept_and_change_role(world: World, contest: Contest) -> None:
    """Someone who was invited joins, becomes an owner, and is removed again."""
    visitor = Desk(world.api().target, world.api().tries)
    visitor.visit(invite(world, contest, "ida@example.com"), username="ida", password1=FIRST, password2=FIRST)
    membership = membership_of(contest, "ida")
    expect(membership.role == Membership.Role.SUPPORT, "who was invited to support has another role")
    for role in (Membership.Role.OWNER, Membership.Role.SUPPORT):
        world.desk().submit(url_of(MEMBERSHIP, membership.pk), role=role)
        expect(membership_of(contest, "ida").role == role, f"the role is not {role}")
    world.desk().submit(url_of(MEMBERSHIP, membership.pk, "delete"))
    expect(not Membership.objects.filter(user__username="ida").exists(), "ida was not removed")


def reset_a_password(world: World, contest: Contest) -> None:
    """A new member changes the password that was shown; later it is forgotten, and an owner makes a link."""
    form: dict[str, Any] = {"username": "sam", "team": contest.team_id, "role": "support"}
    first = secret_in(root_desk(world).submit(f"/{MEMBERSHIP}/add/", **form).text)
    sam = desk_of(world, "sam", first)
    change_password(sam, first, SECOND)
    sam.page("/password_change/done/")
    membership = membership_of(contest, "sam")
    link = secret_in(world.desk().submit(url_of(MEMBERSHIP, membership.pk, "create_password_link")).text)
    visitor = Desk(world.api().target, world.api().tries)
    visitor.visit(link, new_password1=THIRD, new_password2=THIRD)
    desk_of(world, "sam", THIRD).page("/")
    Desk(world.api().target, world.api().tries).open("/admin/password/forgot/")


def use_two_steps(world: World, contest: Contest) -> None:
    """Two-step verification: set up, new recovery codes, signed in with a code and with a recovery code; then reset."""
    make_member(contest, "mia")
    phone, browser, codes = turn_on(world, "mia")
    elsewhere = desk_of(world, "mia", PASSWORD, lambda: phone.code(0))
    elsewhere.page("/")
    codes = codes_on_page(browser.submit(CODES, password=PASSWORD, code=phone.code(1)).text)
    desk_of(world, "mia", PASSWORD, codes.pop).page("/")
    expect(open_sessions("mia") == 3, f"mia has {open_sessions('mia')} sessions, not 3")
    end_sessions(browser)
    expect(open_sessions("mia") == 1, f"mia has {open_sessions('mia')} sessions, not 1")
    world.desk().act(url_of(MEMBERSHIP, membership_of(contest, "mia").pk, "reset_second_factor"))
    expect(open_sessions("mia") == 0, "the reset has left sessions open")
    desk_of(world, "mia", PASSWORD).page("/")


def turn_two_steps_off(world: World, contest: Contest) -> None:
    make_member(contest, "ben")
    phone, browser, _ = turn_on(world, "ben")
    browser.page("/account/two-step/")
    browser.submit(OFF, password=PASSWORD, code=phone.code(0))
    desk_of(world, "ben", PASSWORD).page("/")


def change_own_settings(world: World, contest: Contest) -> None:
    """Time zone, password, and the end of the session."""
    make_member(contest, "zoe")
    zoe = desk_of(world, "zoe", PASSWORD)
    zoe.submit("/time-zone/", time_zone="Europe/Berlin")
    change_password(zoe, PASSWORD, SECOND)
    zoe.post("/logout/", {})
    expect(open_sessions("zoe") == 0, "signing out has left the session open")


def run_the_installation(world: World, contest: Contest) -> None:
    """A superuser adds a team and a login, changes both, and sets another first password."""
    root = root_desk(world)
    root.submit(f"/{TEAM}/add/", name="Another team", time_zone="UTC")
    root.submit(url_of(TEAM, contest.team_id), name="Simulation", time_zone="Europe/Madrid")
    root.submit(f"/{USER}/add/", username="tom", usable_password="true", password1=FIRST, password2=FIRST)
    tom = User.objects.get(username="tom")
    change: dict[str, Any] = {
        "username": "tom",
        "first_name": "Tom",
        "email": "tom@example.com",
        "is_active": "on",
        "is_staff": "on",
    }
    root.submit(url_of(USER, str(tom.pk)), **change)
    root.submit(f"/{USER}/{tom.pk}/password/", usable_password="true", password1=SECOND, password2=SECOND)
    tom.refresh_from_db()
    expect((tom.first_name, tom.check_password(SECOND)) == ("Tom", True), "the login was not changed")


def turn_on(world: World, username: str) -> tuple[Phone, Desk, list[str]]:
    """The phone, the browser in which it was set up, and the recovery codes."""
    browser = desk_of(world, username, PASSWORD)
    phone = Phone(secret_on_page(browser.page(SETUP)))
    codes = codes_on_page(browser.submit(SETUP, password=PASSWORD, code=phone.code(-1)).text)
    return phone, browser, codes


def end_sessions(browser: Desk) -> None:
    """One of the others, by its button; then all others."""
    (other, *_) = re.findall(r'name="session" value="([^"]+)"', browser.page(SESSIONS))
    browser.post(SESSIONS, {"session": other})
    browser.post(SESSIONS, {})


def change_password(browser: Desk, old: str, new: str) -> None:
    browser.submit(PASSWORD_CHANGE, old_password=old, new_password1=new, new_password2=new)


def invite(world: World, contest: Contest, email: str) -> str:
    """The link of an invitation."""
    form: dict[str, Any] = {"email": email, "team": contest.team_id, "role": "support"}
    return secret_in(world.desk().submit("/accounts/invitation/add/", **form).text)


def secret_in(page: str) -> str:
    """What a page shows once.

    Raises:
        Unexpected: it shows nothing.
    """
    match = re.search(r'id="secret"[^>]*value="([^"]+)"', page)
    if match is None:
        raise Unexpected(f"no secret is shown: {page[:300]}")
    return match[1].replace("&amp;", "&")


def make_member(contest: Contest, username: str) -> None:
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD, is_staff=True)
    Membership.objects.create(team_id=contest.team_id, user=user, role=Membership.Role.SUPPORT)


def membership_of(contest: Contest, username: str) -> Membership:
    return Membership.objects.get(team=contest.team_id, user__username=username)


def open_sessions(username: str) -> int:
    return Session.objects.filter(user__username=username).count()


def desk_of(world: World, username: str, password: str, code: Callable[[], str] | None = None) -> Desk:
    """A browser of someone else."""
    target = replace(world.api().target, owner=username, password=password)
    return Desk(target, world.api().tries, code)


def root_desk(world: World) -> Desk:
    return desk_of(world, ROOT_LOGIN, PASSWORD)
