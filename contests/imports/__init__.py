from contests.imports.services import create_entry_import
from contests.imports.steps import ImportNotReady, start_import, start_undo

__all__ = ["ImportNotReady", "create_entry_import", "start_import", "start_undo"]
