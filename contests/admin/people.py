"""Teams and users: for superusers, who put people into teams."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from contests.models import Membership, Team, User

admin.site.unregister(Group)  # rights come from memberships


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    fields = ["user", "role"]


@admin.register(Team)
class TeamPage(ModelAdmin):
    list_display = ["name", "created_at"]
    search_fields = ["name"]
    inlines = [MembershipInline]


@admin.register(User)
class UserPage(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
